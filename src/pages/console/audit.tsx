import * as z from "zod";
import { page } from "./layout.tsx";
import { count, Empty, Table, Time } from "./parts.tsx";
import { listAudit } from "../../database/audit.ts";
import { listRefusals } from "../../database/refusals.ts";
import { AUDIT_ACTIONS } from "../../lib/audit-actions.ts";
import { readCursor, writeCursor } from "../../lib/cursor.ts";
import { listOperators } from "../../lib/operators.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { RefusalDoor } from "../../database/refusals.ts";

const LIMIT = 100;
const REFUSED_MS = 6 * 86_400_000;
const place = z.object({ at: z.number(), id: z.string() });
const text = z.string().trim().max(200).catch("");
const query = z.object({
  operator: text.default(""),
  action: text.default(""),
  /** A phone_number_id. */
  sender: text.default(""),
  /** A day, UTC. */
  since: z.iso.date().or(z.literal("")).catch("").default(""),
});
const DOORS: Record<RefusalDoor, string> = {
  api: "by the API",
  console: "at the sign-in",
  access: "by Cloudflare Access",
};

/** What operators did and looked at, the newest first. */
export async function showAudit(c: Context<AppContext>) {
  const { registry, settings, now } = c.var.services;
  const after = place.safeParse(readCursor(c.req.query("before") ?? ""));
  const asked = query.parse(c.req.query());
  const rows = await listAudit(registry, {
    after: after.success ? after.data : null,
    limit: LIMIT,
    operator: asked.operator || undefined,
    action: asked.action || undefined,
    senderId: asked.sender || undefined,
    since: asked.since === "" ? undefined : Date.parse(asked.since),
  });
  const refused = await listRefusals(registry, now() - REFUSED_MS);
  const names = listOperators(settings.OPERATOR_TOKENS).map(({ name }) => name);
  const last = rows.length < LIMIT ? undefined : rows.at(-1);
  const isAll = Object.values(asked).every((value) => value === "");
  return page(
    c,
    { title: "Audit", here: "Audit" },
    <>
      <h1>Audit</h1>
      <p class="hint">
        Every change by an operator, here or by the API, and every look at content. Kept.
      </p>
      {refused.length === 0 ? null : (
        <p>
          Refused in the last seven days:{" "}
          {refused
            .map(({ day, door, count: times }) => `${count(times)} ${DOORS[door]} on ${day}`)
            .join(", ")}
          .
        </p>
      )}
      <form class="filter" role="search">
        <label>
          Operator
          <input name="operator" value={asked.operator} list="operators" autocomplete="off" />
        </label>
        <datalist id="operators">
          {[...new Set(names)].map((name) => (
            <option value={name} />
          ))}
        </datalist>
        <label>
          What
          <select name="action">
            <option value="">everything</option>
            {Object.entries(AUDIT_ACTIONS).map(([action, words]) => (
              <option value={action} title={words} selected={action === asked.action}>
                {action}
              </option>
            ))}
          </select>
        </label>
        <label>
          Sender
          <input name="sender" value={asked.sender} placeholder="phone_number_id" />
        </label>
        <label>
          Since
          <input type="date" name="since" value={asked.since} />
        </label>
        <button>Show</button>
      </form>
      {rows.length === 0 ? (
        <Empty>{isAll ? "Nobody has done anything yet." : "Nothing fits."}</Empty>
      ) : (
        <Table label="Audit">
          <thead>
            <tr>
              <th>When</th>
              <th>Operator</th>
              <th>What</th>
              <th>Sender</th>
              <th>Partner</th>
              <th>Detail</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr>
                <td>
                  <Time at={row.at} />
                </td>
                <td>{row.operator}</td>
                <td title={wordsOf(row.action)}>{row.action}</td>
                <td>
                  {row.sender === null ? (
                    <span class="none">—</span>
                  ) : (
                    <a href={`/console/senders/${row.sender}`}>{row.number ?? row.sender}</a>
                  )}
                </td>
                <td>
                  {row.partner === null ? (
                    <span class="none">—</span>
                  ) : (
                    <a href={`/console/partners/${row.partner}`}>{row.partner}</a>
                  )}
                </td>
                <td>{row.detail ?? <span class="none">—</span>}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      {last === undefined ? null : (
        <p>
          <a
            rel="next"
            href={`?${new URLSearchParams({
              ...asked,
              before: writeCursor({ at: last.at, id: last.id }),
            }).toString()}`}
          >
            Older ones
          </a>
        </p>
      )}
    </>,
  );
}

/** What an action is, in a sentence; of one that came to nothing too. */
function wordsOf(action: string): string | undefined {
  const words: Record<string, string> = AUDIT_ACTIONS;
  return words[action.replace(/\.failed$/, "")];
}
