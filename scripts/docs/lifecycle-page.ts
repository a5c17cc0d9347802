import {
  ACCOUNT_EVENTS,
  BLOCK_WORDS,
  DISCONNECTION_REASONS,
  MOVES,
  NOTICE_WORDS,
  OTHER_REASONS,
  UNLINK_PATH,
} from "../../src/lib/lifecycle-words.ts";
import type { AccountRow, LifeMove, Words } from "../../src/lib/lifecycle-words.ts";

const HEAD = `# The life of a sender

Written by \`npm run docs\` from the table the gateway itself decides by (\`src/lib/lifecycle-words.ts\`).

\`state\` of \`GET /v1/senders/{id}\` is one of: **active** (sends), **paused** and **verifying** (connected as far as we know; sends are held, queued ones wait until they expire), **disconnected** (final for this onboarding: token erased, credit taken back, everything stored stays readable; a new signup begins a new generation). Beside it, \`blocked\` says that Meta refuses all sends. \`words\` has it in sentences for the owner and for you; so has \`words\` in every event below.
\`GET /v1/senders/{id}/timeline\` lists what happened, newest first.

What is older than the onboarding in force, or than the last word about the state, changes nothing. An event of Meta's names an account, not a number: where the account has several numbers with us, each is read at Meta and judged by itself. An event that names another partner or another app changes nothing and is told with \`about_another_partner\`.

Besides, Tandem reads every connected number each half hour: a connection that ended without a word is found (\`access_lost\`, \`number_gone\`), one that came back without a word is resumed. \`POST /v1/senders/{id}/recheck\` looks at a block at once.

## Events of the account (\`account_update\`)

Every one is told as \`account.notice\` too, with Meta's values typed and as they came (\`value\`).

| Event | From | To | Told | What then | It means | The owner | You |
| --- | --- | --- | --- | --- | --- | --- | --- |
`;

const INACTIVITY = `
## Warnings

- \`sender.inactive_soon\`: ten days without a sign of the phone, once for each such spell, with the day on which Meta is to end the connection (\`ends_at\`, 14 days after the last sign). A sign is a message, an edit or a deletion made in the app, a change of the address book, or a reconnection; messages of customers and sends of the API are none. The sign is kept to the hour. A linked device makes the same signs as the phone, so neither its own 30 days nor a phone that only it hides can be seen from outside.
- \`sender.token_expiring\`: 14 and 3 days before our access ends, once each. From the end on the number is blocked (\`token\`) until a signup session re-authorises it; history, syncs and windows stay.

## Giving a number up

\`POST /v1/senders/{id}/detach\` ends the webhooks, takes shared credit back and erases the token, and says what became of each. It may be repeated. **The number stays connected at Meta** until its owner ends it in WhatsApp Business on the main phone: ${UNLINK_PATH}.
`;

/** The life of a sender as a page for partners and operators. */
export function lifecyclePage(): string {
  return [
    HEAD + ACCOUNT_EVENTS.map(eventRow).join("\n"),
    "\n\nAn event that is not in this table is told with `known: false` and does nothing.\n",
    "\n## Reasons of a disconnection (`disconnection_info.reason`)\n\nEach comes with `PARTNER_REMOVED`: `verifying` first, then `disconnected` with this reason, or `active` where the account can still be read.\n\n",
    wordsTable(
      "Reason",
      DISCONNECTION_REASONS.map((row) => [row.reason, row]),
    ),
    "\n## Other values of `state_reason`\n\n",
    wordsTable(
      "Reason",
      OTHER_REASONS.map((row) => [row.reason, row]),
    ),
    "\n## Blocks (`blocked.reason`)\n\n",
    wordsTable("Block", Object.entries(BLOCK_WORDS)),
    "\n## Notices (`account.notice` by `field`)\n\nA field that Meta has added since is told with `known: false` and its raw `value`.\n\n",
    wordsTable("Field", Object.entries(NOTICE_WORDS)),
    INACTIVITY,
  ].join("");
}

/** What comes after a move. */
const NEXT: Record<LifeMove, string> = {
  doubt:
    "The account and the number are read. Lost (100/33): `disconnected`, `sender.disconnected`. Still ours: `active`, `sender.resumed`. No clear answer for 1 h: `paused` (`unverified`).",
  pause:
    "Where the account has several numbers each is read first (`verifying`). A reconnection, or a look that finds the number well 30 min later, resumes.",
  resume:
    "Where the account has several numbers each is read first. No second history: windows of the gap are passed to Meta for 24 h.",
  block:
    "Blocked (`restricted`) until Meta reinstates the account or a look at its health says that it may send.",
  unblock: "Sends go at once.",
  none: "",
};

function eventRow(row: AccountRow): string {
  const move = MOVES[row.move];
  const cells = [
    row.ban === undefined ? row.event : `${row.event} (${row.ban})`,
    move.from.join(", "),
    move.to ?? "",
    move.tells ?? "",
    NEXT[row.move],
    row.title,
    row.owner,
    row.partner,
  ];
  return `| ${cells.join(" | ")} |`;
}

function wordsTable(head: string, rows: [name: string, words: Words][]): string {
  const lines = rows.map(
    ([name, { title, owner, partner }]) => `| ${name} | ${title} | ${owner} | ${partner} |`,
  );
  return `| ${head} | It means | The owner | You |\n| --- | --- | --- | --- |\n${lines.join("\n")}\n`;
}
