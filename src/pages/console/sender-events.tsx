import { Badge, Empty, shortenNumbers, Table, Time } from "./parts.tsx";
import { wordsOfEvent } from "../../lib/lifecycle-words.ts";
import { asObject, asText } from "../../meta/read-json.ts";
import type { StoredAudit } from "../../database/audit.ts";
import type { ListedSender } from "../../database/read-console.ts";
import type { ToldEvent } from "../../database/read-traffic.ts";
import type { Child } from "hono/jsx";

/** What happened to a sender, the newest first: told events, operators' deeds, and its beginnings. */
export function Timeline({
  sender,
  events,
  deeds,
}: {
  sender: ListedSender;
  events: ToldEvent[];
  deeds: StoredAudit[];
}) {
  const steps: { at: number; what: string; detail: Child }[] = [
    ...events.map(({ at, type, data }) => {
      const { words: _, ...told } = parse(data);
      const { title } = wordsOfEvent(type, told);
      return { at, what: title, detail: [type, ...describeEvent(told)].join(" · ") };
    }),
    ...deeds.map(({ at, action, operator, detail }) => ({
      at,
      what: action,
      detail: `${operator}${detail === null ? "" : `: ${detail}`}`,
    })),
    { at: sender.createdAt, what: "registered", detail: `by ${sender.broughtBy}` },
  ].toSorted((left, right) => right.at - left.at);
  return (
    <ol class="timeline">
      {steps.map(({ at, what, detail }) => (
        <li>
          <Time at={at} />
          <span>
            <b>{what}</b> {detail}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** Sends and messages that failed: codes and Meta's titles, never what was in them. */
export function Failures({ events }: { events: ToldEvent[] }) {
  if (events.length === 0) return <Empty>None among the last events.</Empty>;
  return (
    <Table label="Recent errors">
      <thead>
        <tr>
          <th>When</th>
          <th>What</th>
          <th class="num">Code</th>
          <th>Meta's words</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => {
          const { what, code, title } = describeFailure(event);
          return (
            <tr>
              <td>
                <Time at={event.at} />
              </td>
              <td>
                <Badge tone="bad">{what}</Badge>
              </td>
              <td class="num">{code ?? <span class="none">—</span>}</td>
              <td>{title ?? <span class="none">—</span>}</td>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}

function describeFailure({ type, data }: ToldEvent) {
  const told = parse(data);
  const errors = told["errors"];
  const first = asObject(Array.isArray(errors) ? errors[0] : told["error"]);
  const what =
    type === "send.settled"
      ? `send ${asText(told["outcome"]) ?? ""}`
      : type === "message.status"
        ? "not delivered"
        : type.replace(".", " ");
  const title = asText(first?.["title"]) ?? asText(first?.["message"]) ?? asText(told["reason"]);
  return {
    what,
    code: typeof first?.["code"] === "number" ? first["code"] : null,
    title: title === undefined ? null : shortenNumbers(title),
  };
}

/** The plain values of an event, numbers shortened; what is nested is for the API. */
function describeEvent(told: Record<string, unknown>): string[] {
  const value = asObject(told["value"]);
  return Object.entries({ ...told, ...value }).flatMap(([name, each]) =>
    typeof each === "string" || typeof each === "number" || typeof each === "boolean"
      ? `${name.replaceAll("_", " ")} ${shortenNumbers(String(each))}`
      : [],
  );
}

function parse(json: string): Record<string, unknown> {
  return asObject(JSON.parse(json)) ?? {};
}
