import * as z from "zod";
import { page } from "./layout.tsx";
import { Badge, bytes, Confirm, Empty, shortCustomer, shortName, Table, Time } from "./parts.tsx";
import { readContent } from "./read-content.ts";
import { senderOf } from "./sender-of.ts";
import { contentUntil, hideContent, showContent } from "./session.ts";
import { readProfiles } from "../../database/customer-names.ts";
import { listConversations } from "../../database/read-conversations.ts";
import { listConversation } from "../../database/read-messages.ts";
import { AppError } from "../../errors.ts";
import { readCursor, writeCursor } from "../../lib/cursor.ts";
import { shortId } from "../../lib/log.ts";
import { PLACEHOLDER, stateOfPlaceholder } from "../../lib/placeholder.ts";
import { openRef, sealRef } from "../../lib/sealed-ref.ts";
import { peppersOf } from "../../lib/secrets.ts";
import { asObject, asText } from "../../meta/read-json.ts";
import { linkMessages } from "../../operations/link-messages.ts";
import { noteAudit } from "../../operations/note-audit.ts";
import { reasonIn } from "./reason-in.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { Profile } from "../../database/customer-names.ts";
import type { StoredMessage } from "../../database/read-messages.ts";
import type { ListedSender } from "../../database/read-console.ts";
import type { LinkedMessage } from "../../operations/link-messages.ts";

const CONVERSATIONS = 50;
const MESSAGES = 100;
/**
 * What the addresses of conversations are sealed for: they hold a customer's number. Each sender
 * has its own, or they would tell who writes to two of them.
 */
const refOf = (sender: ListedSender) => `console customer ${sender.key}`;
const listCursor = z.object({ lastAt: z.number(), person: z.string() });
const threadCursor = z.object({ at: z.number(), wamid: z.string() });

type Message = LinkedMessage<StoredMessage>;

/** A sender's conversations, the newest first: who, when, and the shape of the last message. */
export async function showConversations(c: Context<AppContext>) {
  const { services } = c.var;
  const sender = await senderOf(c);
  const database = services.shard(sender.shard);
  const until = await contentUntil(c, sender.key);
  if (until !== null) await noteLook(c, sender, "the list of conversations");
  const rows = await listConversations(database, sender.key, {
    order: "newest",
    after: readPlace(c, sender, listCursor),
    limit: CONVERSATIONS,
  });
  const profiles = await readProfiles(
    database,
    sender.key,
    rows.map((row) => row.person),
  );
  const last = rows.length < CONVERSATIONS ? undefined : rows.at(-1);
  return page(
    c,
    { title: "Conversations", here: "Senders", live: until === null },
    <>
      <Crumbs sender={sender} />
      <h1>Conversations</h1>
      <ContentSwitch sender={sender} until={until} />
      {rows.length === 0 ? (
        <Empty>Nobody has written yet, and no history has come.</Empty>
      ) : (
        <Table label="Conversations">
          <thead>
            <tr>
              <th>Customer</th>
              <th>Last message</th>
              <th>By</th>
              <th>At</th>
              <th>Owner answered last</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const ref = sealRef(services.settings.API_KEY_PEPPER, refOf(sender), row.person);
              return (
                <tr>
                  <td>
                    <a href={`/console/senders/${sender.key}/conversations/${ref}`}>
                      {nameOf(row.person, profiles.get(row.person), until !== null)}
                    </a>
                  </td>
                  <td>
                    {row.last === null ? (
                      <span class="none">not yet here</span>
                    ) : (
                      <Summary message={row.last} shown={until !== null} />
                    )}
                  </td>
                  <td>{row.last === null ? null : sideOf(row.last)}</td>
                  <td>
                    <Time at={row.lastAt} />
                  </td>
                  <td>
                    <Time at={row.lastHumanReplyAt} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </Table>
      )}
      {last === undefined ? null : (
        <p>
          <a
            rel="next"
            href={`?before=${placeOf(c, sender, { lastAt: last.lastAt, person: last.person })}`}
          >
            Older ones
          </a>
        </p>
      )}
    </>,
  );
}

/** One conversation, oldest at the top; each page of it that shows content is audited. */
export async function showThread(c: Context<AppContext>) {
  const { services } = c.var;
  const sender = await senderOf(c);
  const database = services.shard(sender.shard);
  const person = openRef(peppersOf(services.settings), refOf(sender), c.req.param("ref") ?? "");
  if (person === null) throw new AppError("not_found", "There is no such conversation.");
  const until = await contentUntil(c, sender.key);
  if (until !== null) {
    // The customer by the same short hash as in the log.
    await noteLook(c, sender, `customer ${shortId(services.settings.API_KEY_PEPPER, person)}`);
  }
  const rows = await listConversation(database, sender.key, person, {
    order: "desc",
    after: readPlace(c, sender, threadCursor),
    filter: {},
    limit: MESSAGES,
  });
  const [linked, profiles] = await Promise.all([
    linkMessages(database, sender.key, rows),
    readProfiles(database, sender.key, [person]),
  ]);
  const oldest = rows.length < MESSAGES ? undefined : rows.at(-1);
  const messages = linked.toReversed();
  return page(
    c,
    { title: "Conversation", here: "Senders", live: until === null },
    <>
      <Crumbs sender={sender} conversations />
      <h1>{nameOf(person, profiles.get(person), until !== null)}</h1>
      <ContentSwitch sender={sender} until={until} />
      {oldest === undefined ? null : (
        <p>
          <a
            rel="prev"
            href={`?before=${placeOf(c, sender, { at: oldest.at, wamid: oldest.wamid })}`}
          >
            Older messages
          </a>
        </p>
      )}
      {messages.length === 0 ? (
        <Empty>No message of this customer is stored.</Empty>
      ) : (
        <ol class="thread">
          {messages.map((message) => (
            <Entry message={message} all={messages} sender={sender} shown={until !== null} />
          ))}
        </ol>
      )}
    </>,
  );
}

/** Switches content on for one sender and 15 minutes, with a reason; noted before it is shown. */
export async function switchContentOn(c: Context<AppContext>) {
  const sender = await senderOf(c);
  const detail = await reasonIn(c);
  await noteAudit(c.var.services, {
    operator: c.var.operator,
    action: "content.switched_on",
    sender: sender.key,
    partner: sender.partner,
    detail,
  });
  await showContent(c, sender.key);
  return c.redirect(`/console/senders/${sender.key}/conversations`, 303);
}

export async function switchContentOff(c: Context<AppContext>) {
  const sender = await senderOf(c);
  await noteAudit(c.var.services, {
    operator: c.var.operator,
    action: "content.switched_off",
    sender: sender.key,
    partner: sender.partner,
  });
  hideContent(c);
  return c.redirect(`/console/senders/${sender.key}/conversations`, 303);
}

async function noteLook(
  c: Context<AppContext>,
  sender: ListedSender,
  detail: string,
): Promise<void> {
  const { operator, services } = c.var;
  const { key, partner } = sender;
  await noteAudit(services, { operator, action: "content.read", sender: key, partner, detail });
}

function Crumbs({ sender, conversations }: { sender: ListedSender; conversations?: boolean }) {
  const at = `/console/senders/${sender.key}`;
  return (
    <p class="crumbs">
      <a href="/console/senders">Senders</a> <a href={at}>{sender.displayPhoneNumber}</a>{" "}
      {conversations === true ? <a href={`${at}/conversations`}>Conversations</a> : null}
    </p>
  );
}

function ContentSwitch({ sender, until }: { sender: ListedSender; until: number | null }) {
  const at = `/console/senders/${sender.key}/content`;
  if (until !== null) {
    return (
      <form class="notice" method="post" action={`${at}/hide`}>
        <p>
          Content is shown until <Time at={until} />; each page of it is written down with your
          name.
        </p>
        <button>Hide it</button>
      </form>
    );
  }
  return (
    <>
      <p class="hint">
        Content is hidden: names and numbers are shortened, messages show their shape.
      </p>
      <Confirm label="Show content…" button="Show it for 15 minutes" action={`${at}/show`}>
        <p>
          You will read what customers and the owner wrote to each other. That, your name, and your
          reason are written down and kept.
        </p>
        <label>
          Reason
          <input name="reason" required maxlength={200} />
        </label>
      </Confirm>
    </>
  );
}

function Entry({
  message,
  all,
  sender,
  shown,
}: {
  message: Message;
  all: Message[];
  sender: ListedSender;
  shown: boolean;
}) {
  return (
    <li id={anchorOf(message.wamid)} class={`${message.direction} ${message.origin}`}>
      <p class="meta">
        <b>{sideOf(message)}</b> <Time at={message.at} />
        {message.historical === 1 ? <Badge tone="calm">from history</Badge> : null}
        <Status message={message} />
      </p>
      <Speaks message={message} all={all} shown={shown} />
      <Body message={message} shown={shown} />
      <File message={message} sender={sender} shown={shown} />
      {message.editedAt === null ? null : (
        <p class="meta">
          edited <Time at={message.editedAt} />
        </p>
      )}
    </li>
  );
}

/** Which message it quotes or reacts to, as a link where that is on the page. */
function Speaks({ message, all, shown }: { message: Message; all: Message[]; shown: boolean }) {
  const body = bodyOf(message);
  const context = asObject(body["context"]);
  const reaction = asObject(body["reaction"]);
  const link = (id: unknown) => {
    const wamid = message.targets.get(asText(id) ?? "");
    const target = all.find((each) => each.wamid === wamid);
    if (target === undefined) return <>a message that is not on this page</>;
    return (
      <a href={`#${anchorOf(target.wamid)}`}>
        the {target.type} of <Time at={target.at} />
      </a>
    );
  };
  if (reaction !== undefined) {
    const emoji = asText(reaction["emoji"]);
    return (
      <p>
        {emoji === undefined ? "took back the reaction to" : <>reacted {shown ? emoji : "●"} to</>}{" "}
        {link(reaction["message_id"])}
      </p>
    );
  }
  const quoted = context?.["id"] ?? context?.["message_id"];
  return quoted === undefined ? null : <p class="quote">answers {link(quoted)}</p>;
}

function Body({ message, shown }: { message: Message; shown: boolean }) {
  if (message.revokedAt !== null) {
    return (
      <p class="none">
        deleted for everyone <Time at={message.revokedAt} />
      </p>
    );
  }
  if (message.type === "reaction") return null;
  const { lines, shape } = readContent(message.type, bodyOf(message));
  return (
    <>
      <p class="shape">
        {message.type.replaceAll("_", " ")}
        {shape === "" ? "" : `, ${shape}`}
      </p>
      {shown ? lines.map((line) => <p class="content">{line}</p>) : null}
    </>
  );
}

function File({
  message,
  sender,
  shown,
}: {
  message: Message;
  sender: ListedSender;
  shown: boolean;
}) {
  if (message.type === PLACEHOLDER && message.mediaState === null) {
    return <p class="meta">file: {stateOfPlaceholder(sender, Date.now())}</p>;
  }
  if (message.mediaState === null) return null;
  const parts = [
    message.mediaState === "wanted" ? "pending" : message.mediaState,
    message.mediaReason,
    message.mediaType === null ? null : bareType(message.mediaType),
    message.mediaBytes === null ? null : bytes(message.mediaBytes),
    shown ? message.mediaFilename : null,
  ];
  return <p class="meta">file: {parts.filter((part) => part !== null).join(", ")}</p>;
}

/** Without parameters: those may hold a file's name, and are whatever the one who sent it wrote. */
function bareType(mimeType: string): string {
  return /^[\w.+-]{1,60}\/[\w.+-]{1,100}/.exec(mimeType)?.[0] ?? "of no known type";
}

function Status({ message }: { message: Message }) {
  if (message.status === null) return null;
  const tone = message.status === "failed" ? "bad" : message.status === "sent" ? "calm" : "good";
  const [error] =
    message.errors === null ? [] : (JSON.parse(message.errors) as { code?: number }[]);
  return (
    <Badge tone={tone}>
      {message.status}
      {message.status === "failed" && error?.code !== undefined ? ` ${error.code}` : ""}
    </Badge>
  );
}

function Summary({ message, shown }: { message: StoredMessage; shown: boolean }) {
  if (message.revokedAt !== null) return <span class="none">deleted</span>;
  const { lines, shape } = readContent(message.type, bodyOf(message));
  const [first] = lines;
  if (shown && first !== undefined) return <span class="content">{first.slice(0, 80)}</span>;
  return (
    <>
      {message.type.replaceAll("_", " ")}
      {shape === "" ? "" : `, ${shape}`}
    </>
  );
}

const SIDES: Record<string, string> = {
  customer: "Customer",
  app: "From the phone",
  responder: "Another responder",
  api: "Sent by API",
};

function sideOf({ origin }: { origin: string }): string {
  return SIDES[origin] ?? origin;
}

function bodyOf(message: StoredMessage): Record<string, unknown> {
  return message.body === null ? {} : (asObject(JSON.parse(message.body)) ?? {});
}

function nameOf(person: string, profile: Profile | undefined, shown: boolean): string {
  const key = profile?.phone ?? profile?.bsuid ?? person;
  const name = profile?.contactName ?? profile?.name ?? null;
  if (shown) return name === null ? `+${key}` : `${name} (+${key})`;
  return name === null ? shortCustomer(key) : `${shortName(name)} ${shortCustomer(key)}`;
}

/** A wamid embeds a phone number, and an anchor stands in the address. */
function anchorOf(wamid: string): string {
  return `m-${shortId("anchor", wamid)}`;
}

function placeOf(c: Context<AppContext>, sender: ListedSender, place: object): string {
  return sealRef(c.var.services.settings.API_KEY_PEPPER, refOf(sender), writeCursor(place));
}

function readPlace<T extends z.ZodType>(
  c: Context<AppContext>,
  sender: ListedSender,
  shape: T,
): z.infer<T> | null {
  const text = openRef(
    peppersOf(c.var.services.settings),
    refOf(sender),
    c.req.query("before") ?? "",
  );
  const place = shape.safeParse(readCursor(text ?? ""));
  return place.success ? place.data : null;
}
