import * as z from "zod";
import { page } from "./layout.tsx";
import { Empty, Table, Time } from "./parts.tsx";
import { listAudit } from "../../database/audit.ts";
import { readCursor, writeCursor } from "../../lib/cursor.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";

const LIMIT = 100;
const place = z.object({ at: z.number(), id: z.string() });

/** What operators did and looked at, the newest first. */
export async function showAudit(c: Context<AppContext>) {
  const after = place.safeParse(readCursor(c.req.query("before") ?? ""));
  const rows = await listAudit(c.var.services.registry, {
    after: after.success ? after.data : null,
    limit: LIMIT,
  });
  const last = rows.length < LIMIT ? undefined : rows.at(-1);
  return page(
    c,
    { title: "Audit", here: "Audit" },
    <>
      <h1>Audit</h1>
      <p class="hint">
        Every change by an operator, here or by the API, and every look at content. Kept.
      </p>
      {rows.length === 0 ? (
        <Empty>Nobody has done anything yet.</Empty>
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
                <td>{row.action}</td>
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
          <a rel="next" href={`?before=${writeCursor({ at: last.at, id: last.id })}`}>
            Older ones
          </a>
        </p>
      )}
    </>,
  );
}
