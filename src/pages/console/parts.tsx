import { nameInKey } from "../../lib/customer-key.ts";
import type { Child, PropsWithChildren } from "hono/jsx";
import type { ListedSender } from "../../database/read-console.ts";

/*
 * Small pieces of the console's pages. Times are written in UTC here, and in the viewer's own zone
 * by the page's script.
 */

/** An instant (epoch ms); its exact form is in the title. */
export function Time({ at }: { at: number | null }) {
  if (at === null) return <span class="none">—</span>;
  const iso = new Date(at).toISOString();
  return (
    <time datetime={iso} title={iso}>
      {`${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`}
    </time>
  );
}

export type Tone = "good" | "warn" | "bad" | "calm";

export function Badge({ tone, children }: PropsWithChildren<{ tone: Tone }>) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** A share of 100, as a bar and in figures. @param label what it is the share of */
export function Bar({ percent, label }: { percent: number; label: string }) {
  return (
    <span class="bar">
      <progress max={100} value={percent} aria-label={label}></progress>
      <span class="num">{percent} %</span>
    </span>
  );
}

/** One figure with its name. */
export function Figure({ name, children, note }: { name: string; children: Child; note?: string }) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        {children}
        {note === undefined ? null : <small>{note}</small>}
      </dd>
    </div>
  );
}

/** A list that is empty says so, and what would be in it. */
export function Empty({ children }: PropsWithChildren) {
  return <p class="empty">{children}</p>;
}

/** A wide table scrolls by itself, also by keyboard. */
export function Table({ label, children }: PropsWithChildren<{ label: string }>) {
  return (
    <div class="scroll" role="region" aria-label={label} tabindex={0}>
      <table>{children}</table>
    </div>
  );
}

interface ConfirmProps {
  /** What the closed button says, and what doing it says. */
  label: string;
  button: string;
  action: string;
  danger?: boolean;
}

/** An action that asks before it is done: what it will do stands between the two clicks. */
export function Confirm({
  label,
  button,
  action,
  danger,
  children,
}: PropsWithChildren<ConfirmProps>) {
  return (
    <details class="confirm">
      <summary class={danger === true ? "danger" : undefined}>{label}</summary>
      <form method="post" action={action}>
        {children}
        <button class={danger === true ? "danger" : undefined}>{button}</button>
      </form>
    </details>
  );
}

/** A value to be taken away, with a button that copies it. */
export function Copy({ value, label }: { value: string; label: string }) {
  return (
    <span class="copy">
      <input readonly value={value} aria-label={label} />
      <button type="button" data-copy={value}>
        Copy
      </button>
    </span>
  );
}

/** Number and name of a sender, as a link to its page. */
export function SenderLink({ sender }: { sender: ListedSender }) {
  return (
    <a href={`/console/senders/${sender.key}`}>
      <span class="phone">{sender.displayPhoneNumber}</span>
      {sender.verifiedName === null ? null : <small>{sender.verifiedName}</small>}
    </a>
  );
}

/** What can be said of a sender in two words: the most serious first. */
export function Condition({ sender }: { sender: ListedSender }) {
  if (sender.superseded !== null) return <Badge tone="calm">moved on</Badge>;
  const badges: Child[] = [];
  if (sender.state === "disconnected") badges.push(<Badge tone="bad">disconnected</Badge>);
  else if (sender.state !== "active") badges.push(<Badge tone="warn">{sender.state}</Badge>);
  if (sender.blocked !== null) {
    const { kind } = JSON.parse(sender.blocked) as { kind: string };
    badges.push(<Badge tone="bad">blocked: {kind}</Badge>);
  }
  if (sender.held !== null) badges.push(<Badge tone="warn">sends held</Badge>);
  return <>{badges.length === 0 ? <Badge tone="good">active</Badge> : badges}</>;
}

/** A customer as far as an operator needs it to tell them apart: "…4417". */
export function shortCustomer(key: string): string {
  const { phone, bsuid } = nameInKey(key);
  return phone === undefined
    ? `${bsuid?.slice(0, 3) ?? ""}…${key.slice(-4)}`
    : `…${phone.slice(-4)}`;
}

/** The first letter of a name, and how long it is. */
export function shortName(name: string): string {
  return `${String.fromCodePoint(name.codePointAt(0) ?? 0x20)}…`;
}

/** Digits of a number that may be somebody's, wherever they stand in a text. */
export function shortenNumbers(text: string): string {
  return text.replaceAll(
    /\+?\d[\d\s()./-]{5,}\d/g,
    (number) => `…${number.replaceAll(/\D/g, "").slice(-4)}`,
  );
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** 1.2 MB. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [size, unit] = [value, 0];
  while (size >= 1_000 && unit < units.length - 1) [size, unit] = [size / 1_000, unit + 1];
  return `${size >= 100 || unit === 0 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** "3 min", "2 h": how long something takes or has taken. */
export function span(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
