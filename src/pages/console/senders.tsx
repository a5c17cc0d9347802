import * as z from "zod";
import { readFigures } from "./figures.ts";
import { page } from "./layout.tsx";
import { Badge, Bar, Condition, count, Empty, SenderLink, Table, Time } from "./parts.tsx";
import { listProgress, searchSenders, SENDER_VIEWS } from "../../database/read-console.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { ListedSender, SenderView } from "../../database/read-console.ts";
import type { Services } from "../../services.ts";

const LIMIT = 25;
/** A list is looked at through its address: so it can be sent to a colleague. */
const query = z.object({
  view: z.enum(SENDER_VIEWS).catch("all"),
  q: z.string().trim().max(100).catch(""),
  before: z.coerce.number().int().positive().nullable().catch(null),
});
const VIEW_NAMES: Record<SenderView, string> = {
  all: "All",
  active: "Active",
  attention: "Needs attention",
  disconnected: "Disconnected",
  former: "Moved on",
};

/** Every partner's senders: how each stands now. */
export async function showSenders(c: Context<AppContext>) {
  const { services } = c.var;
  const { view, q, before } = query.parse(c.req.query());
  const asked = { view, search: q, before, limit: LIMIT + 1 };
  const found = await searchSenders(services.registry, asked);
  const senders = found.slice(0, LIMIT);
  const rows = await readRows(services, senders);
  const last = found.length > LIMIT ? senders.at(-1)?.key : undefined;
  return page(
    c,
    { title: "Senders", here: "Senders" },
    <>
      <div class="headline">
        <h1>Senders</h1>
        <a class="button main" href="/console/connect">
          Connect a WhatsApp Business app number
        </a>
      </div>
      <form class="filter" role="search">
        <label>
          Search
          <input type="search" name="q" value={q} placeholder="Number, name, id or partner" />
        </label>
        <label>
          Show
          <select name="view">
            {SENDER_VIEWS.map((each) => (
              <option value={each} selected={each === view}>
                {VIEW_NAMES[each]}
              </option>
            ))}
          </select>
        </label>
        <button>Show</button>
      </form>
      {senders.length === 0 ? (
        <Empty>
          {q === "" && view === "all"
            ? "No number is connected yet. Make a link for its owner with the button above."
            : "No sender fits."}
        </Empty>
      ) : (
        <Table label="Senders">
          <thead>
            <tr>
              <th>Sender</th>
              <th>Partner</th>
              <th>State</th>
              <th>History</th>
              <th class="num">Windows open</th>
              <th class="num">Queued</th>
              <th class="num">Unknown</th>
              <th>Last from the phone</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ sender, figures, sync }) => (
              <tr>
                <td>
                  <SenderLink sender={sender} />
                </td>
                <td>
                  <a href={`/console/partners/${sender.partner}`}>{sender.partnerName}</a>
                </td>
                <td>
                  <Condition sender={sender} />
                </td>
                <td>
                  <Progress sync={sync} />
                </td>
                <Amount value={figures?.windowsOpen} />
                <Amount value={figures?.queued} />
                <Amount value={figures?.unknown} />
                <td>
                  <Time at={figures?.phoneSeenAt ?? null} />
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      {last === undefined ? null : (
        <p>
          <a
            rel="next"
            href={`?${new URLSearchParams({ view, q, before: String(last) }).toString()}`}
          >
            Older ones
          </a>
        </p>
      )}
    </>,
  );
}

type Sync = { state: string; progress: number; pages: number; stored: number };

/** The state of an import, and while it runs how far it is. */
export function Progress({ sync }: { sync: Sync | undefined }) {
  if (sync === undefined) return <span class="none">—</span>;
  const running = ["requested", "importing", "stalled"].includes(sync.state);
  const tone =
    sync.state === "complete" ? "good" : running && sync.state !== "stalled" ? "calm" : "warn";
  return (
    <>
      <Badge tone={sync.state === "declined" || sync.state === "not_requested" ? "calm" : tone}>
        {sync.state.replaceAll("_", " ")}
      </Badge>
      {running ? <Bar percent={sync.progress} label="Sent by Meta" /> : null}
    </>
  );
}

function Amount({ value }: { value: number | undefined }) {
  return <td class="num">{value === undefined ? <span class="none">—</span> : count(value)}</td>;
}

/** What each row needs, the shards' part in one statement a shard. */
async function readRows(services: Services, senders: ListedSender[]) {
  const byShard = Map.groupBy(senders, (sender) => sender.shard);
  const progress = new Map(
    (
      await Promise.all(
        [...byShard].map(async ([shard, some]) => [
          ...(await listProgress(
            services.shard(shard),
            some.map(({ key, generation }) => ({ key, generation })),
          )),
        ]),
      )
    ).flat(),
  );
  return Promise.all(
    senders.map(async (sender) => {
      const isHeld = sender.superseded === null;
      const figures = isHeld ? await readFigures(services, sender) : null;
      return { sender, figures, sync: progress.get(sender.key) };
    }),
  );
}
