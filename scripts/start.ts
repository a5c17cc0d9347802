import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { EventReader } from "./demo/event-reader.ts";
import { goOn } from "./demo/go-on.ts";
import { playLive } from "./demo/play-live.ts";
import { playSends } from "./demo/play-sends.ts";
import { expectedEvents, nameEvent, readSends, writeReport } from "./demo/report.ts";
import { Receiver } from "./demo/receiver.ts";
import { watchImport } from "./demo/watch-import.ts";
import { onboard, openSignup, startWorld } from "./demo/world.ts";

const { values } = parseArgs({
  options: {
    once: { type: "boolean", default: false },
    messages: { type: "string", default: "5000" },
    customers: { type: "string", default: "200" },
    port: { type: "string", default: "8787" },
    state: { type: "string", default: ".tandem/demo" },
  },
});
const messages = Number(values.messages);
if (!Number.isInteger(messages) || messages < 0) {
  throw new Error("--messages takes a whole number: how many messages the history has.");
}

// A run to its end leaves nothing behind; one that stays up can be looked into.
const folder = values.once ? mkdtempSync(join(tmpdir(), "tandem-demo-")) : values.state;
mkdirSync(folder, { recursive: true });
const logFile = join(folder, "gateway.log");
const say = (line: string) => console.log(line);

const world = await startWorld({
  port: values.once ? 0 : Number(values.port),
  stateFolder: folder,
  log: (line) => appendFileSync(logFile, `${line}\n`),
});
const receiver = await Receiver.start();
let failed = false;
try {
  say(`Meta (simulated) runs at ${world.simulator.url}, the gateway at ${world.gatewayUrl}.`);
  const business = world.simulator.createBusiness({
    verifiedName: "Corner Bakery",
    customers: Number(values.customers),
    contacts: 120,
    ...(messages === 0 ? {} : { history: { messages, threads: Number(values.customers) } }),
  });
  const reader = new EventReader(world.partner);
  await receiver.connect(world.partner);

  say(
    `\nThe owner connects the number ${business.displayPhoneNumber}; history and contacts come in:`,
  );
  await onboard(world, business);
  if (messages > 0) await watchImport(world, business, { messages, contacts: 120 });

  say("\nCustomers write, the owner answers from the phone.");
  const traffic = await playLive(world, business, { withheldPhones: messages > 0 });
  say(`  ${traffic.inbound.length} messages, ${traffic.echoes.length} echoes.`);

  say("\nThe partner sends: free text where the window is open, at 20 a second.");
  const sends = await playSends(world, business);
  say(`  ${sends.accepted.length} taken, ${sends.refusedWindow} refused: their window is closed.`);
  await reader.readUntil(
    "every send to be settled",
    () => {
      const settled = reader.seen.filter((event) => event.type === "send.settled");
      return settled.length >= sends.accepted.length;
    },
    60_000 + sends.accepted.length * 100,
  );
  const settled = await readSends(world, business, sends);
  const expected = expectedEvents(traffic, settled.wamids, messages > 0);
  await reader
    .readUntil("every event", () => {
      const seen = new Set(reader.seen.map(nameEvent));
      return [...expected].every((name) => seen.has(name));
    })
    .catch((err: unknown) => say(`  ${String(err)}`)); // the report counts what is missing

  const events = reader.seen;
  const report = await writeReport(world, business, {
    traffic,
    sends,
    settled,
    events,
    expected,
    receiver,
  });
  for (const problem of sends.other.slice(0, 5)) say(`  unexpected answer, ${problem}`);
  const doubled = report.events.duplicates + report.endpoint.duplicates;
  failed =
    report.lost > 0 || doubled > 0 || report.endpoint.forged > 0 || report.sends.max_in_1s > 20;

  if (!values.once) {
    say(`\n  ${JSON.stringify(report)}`);
    const second = await openSignup(world);
    say(
      "\nA second shop waits to be connected. Open this page and click through it, Meta's part too:",
    );
    say(`  signup page    ${second.url}`);
    say(
      `  its number     +${second.business.displayPhoneNumber}, of ${second.business.verifiedName}`,
    );
    say("\nOperators sign in to the console with this token:");
    say(`  console        ${world.gatewayUrl}/console`);
    say(`  token          ${world.operatorToken}`);
    const third = world.simulator.createBusiness({ verifiedName: "Old Town Books", customers: 3 });
    say("\nFor docs/partner-guide.md, to paste into another terminal:");
    say(
      `  export TANDEM=${world.gatewayUrl} KEY=${world.partnerKey} SENDER=${business.phoneNumberId}` +
        ` CUSTOMER=${business.customers[0]?.phone}`,
    );
    say(
      `  export OPERATOR=${world.operatorToken} PARTNER=${world.partnerId}` +
        ` NUMBER_ID=${third.phoneNumberId} WABA_ID=${third.wabaId}` +
        ` NUMBER=+${third.displayPhoneNumber} ACCESS_TOKEN=${world.simulator.issueToken(third)}`,
    );
    say("\nIt stays up; Ctrl-C ends it. What is running, and calls to try:");
    say(`  gateway        ${world.gatewayUrl}`);
    say(`  simulator      ${world.simulator.url}/_sim/ledger`);
    say(
      `  messages       curl -H 'Authorization: Bearer ${world.partnerKey}' ${world.gatewayUrl}/v1/senders/${business.phoneNumberId}/messages`,
    );
    say(
      `  events         curl -H 'Authorization: Bearer ${world.partnerKey}' ${world.gatewayUrl}/v1/events`,
    );
    say(
      `  operator       curl -H 'Authorization: Bearer ${world.operatorToken}' ${world.gatewayUrl}/v1/admin/unrouted`,
    );
    say(`  log            ${logFile}\n\nEvents as a partner reads them:`);
    const stop = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
    await goOn(world, business, reader, stop.signal);
  }
  await receiver.stop();
  await world.stop();
  if (values.once) {
    rmSync(folder, { recursive: true, force: true });
    console.log(JSON.stringify(report));
  }
} catch (err) {
  failed = true;
  console.error(
    `\nThe demo did not come to its end: ${err instanceof Error ? err.message : String(err)}`,
  );
  console.error(`The gateway's log is ${logFile}.`);
  await receiver.stop();
  await world.stop();
}
process.exit(failed ? 1 : 0);
