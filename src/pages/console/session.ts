import { createHmac } from "node:crypto";
import { deleteCookie, getSignedCookie, setSignedCookie } from "hono/cookie";
import * as z from "zod";
import { readMark } from "../../database/marks.ts";
import { readCursor, writeCursor } from "../../lib/cursor.ts";
import { errorKind, log } from "../../lib/log.ts";
import { listOperators } from "../../lib/operators.ts";
import { peppersOf, sameSecret } from "../../lib/secrets.ts";
import { SIGNED_OUT, signOut } from "../../operations/sign-out.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { Operator } from "../../lib/operators.ts";

/** A working day, and the evening. */
const SESSION_MS = 12 * 3_600_000;
/** Content stays shown for so long; then the switch is asked for again. */
const CONTENT_MS = 15 * 60_000;
const SESSION = "tandem_console";
const CONTENT = "tandem_content";

const sessionShape = z.object({
  name: z.string(),
  until: z.number(),
  mark: z.string(),
  epoch: z.string(),
});
const contentShape = z.object({ name: z.string(), sender: z.number(), until: z.number() });

/** Remembers an operator for 12 h, in a signed cookie that no script reads and no other site sends. */
export async function startSession(c: Context<AppContext>, operator: Operator): Promise<void> {
  const until = c.var.services.now() + SESSION_MS;
  const mark = markOf(cookieKeys(c)[0], operator);
  const epoch = await epochOf(c, operator.name);
  await putCookie(c, SESSION, { name: operator.name, until, mark, epoch }, SESSION_MS);
}

/**
 * Who is signed in by the cookie. A token that is rotated away ends what it began, and so does
 * signing out: a cookie that somebody copied is worth nothing then.
 *
 * @param needsSignOuts false: it holds as well while D1 cannot say who has signed out
 * @throws where D1 does not answer and `needsSignOuts`
 */
export async function readSession(
  c: Context<AppContext>,
  needsSignOuts = true,
): Promise<string | null> {
  const cookie = await takeCookie(c, SESSION);
  const session = sessionShape.safeParse(cookie?.value);
  if (cookie === null || !session.success) return null;
  const { name, mark, until, epoch } = session.data;
  if (until <= c.var.services.now()) return null;
  const known = listOperators(c.var.services.settings.OPERATOR_TOKENS).some(
    (operator) => operator.name === name && sameSecret(mark, markOf(cookie.key, operator)),
  );
  if (!known) return null;
  const now = await epochOf(c, name).catch((err: unknown) => {
    if (needsSignOuts) throw err;
    log.warn("object.unanswered", { reason: "sign_outs", error: errorKind(err) });
    c.set("isUncertain", true);
    return epoch;
  });
  return epoch === now ? name : null;
}

/** Signs the operator of the cookie out, wherever they are signed in; without one, forgets cookies. */
export async function endSession(c: Context<AppContext>): Promise<void> {
  const operator = await readSession(c);
  if (operator !== null) await signOut(c.var.services, operator);
  const secure = isHttps(c);
  deleteCookie(c, SESSION, { path: "/console", secure });
  deleteCookie(c, CONTENT, { path: "/console", secure });
}

/** From now on this operator sees the content of one sender's messages, for 15 minutes. */
export async function showContent(c: Context<AppContext>, sender: number): Promise<void> {
  const until = c.var.services.now() + CONTENT_MS;
  await putCookie(c, CONTENT, { name: c.var.operator, sender, until }, CONTENT_MS);
}

export function hideContent(c: Context<AppContext>): void {
  deleteCookie(c, CONTENT, { path: "/console", secure: isHttps(c) });
}

/** Until when this operator sees this sender's content (epoch ms); null where it is hidden. */
export async function contentUntil(c: Context<AppContext>, sender: number): Promise<number | null> {
  const content = contentShape.safeParse((await takeCookie(c, CONTENT))?.value);
  if (!content.success) return null;
  const { name, until } = content.data;
  const holds = content.data.sender === sender && name === c.var.operator;
  return holds && until > c.var.services.now() ? until : null;
}

/** Between which sign-outs of an operator it is. A row is read for each page, none is written. */
async function epochOf(c: Context<AppContext>, operator: string): Promise<string> {
  return (await readMark(c.var.services.registry, `${SIGNED_OUT}${operator}`)) ?? "";
}

/** Names a token without telling it. */
function markOf(key: string, { token }: Operator): string {
  return createHmac("sha256", key).update(token).digest("base64url");
}

async function putCookie(
  c: Context<AppContext>,
  name: string,
  value: object,
  ms: number,
): Promise<void> {
  // The name is signed with the value, or one cookie's text would pass for the other's.
  await setSignedCookie(c, name, writeCursor({ ...value, of: name }), cookieKeys(c)[0], {
    path: "/console",
    httpOnly: true,
    sameSite: "Strict",
    secure: isHttps(c),
    maxAge: ms / 1_000,
  });
}

/** What a cookie of this name holds, and the key that signed it; null for anything else. */
async function takeCookie(
  c: Context<AppContext>,
  name: string,
): Promise<{ value: object; key: string } | null> {
  for (const key of cookieKeys(c)) {
    const text = await getSignedCookie(c, key, name);
    const value = typeof text === "string" ? readCursor(text) : undefined;
    const isOwn = typeof value === "object" && value !== null && "of" in value && value.of === name;
    if (isOwn) return { value, key };
  }
  return null;
}

/** The first signs. While the pepper is rotated nobody is signed out by it. */
function cookieKeys(c: Context<AppContext>): [string, ...string[]] {
  const { settings } = c.var.services;
  const keyOf = (pepper: string) =>
    createHmac("sha256", pepper).update("tandem console cookie").digest("base64url");
  return [keyOf(settings.API_KEY_PEPPER), ...peppersOf(settings).slice(1).map(keyOf)];
}

function isHttps(c: Context<AppContext>): boolean {
  return c.var.services.settings.PUBLIC_URL.startsWith("https:");
}
