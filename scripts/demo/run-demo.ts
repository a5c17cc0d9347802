import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventReader } from "./event-reader.ts";
import { goOn } from "./go-on.ts";
import { playLive } from "./play-live.ts";
import { playSends } from "./play-sends.ts";
import { expectedEvents, nameEvent, readSends, writeReport } from "./report.ts";
import { Receiver } from "./receiver.ts";
import { watchImport } from "./watch-import.ts";
import { onboard, openSignup, startWorld } from "./world.ts";

export interface DemoOptions {
  /** Ends when all was played and leaves nothing behind; else it stays up until Ctrl-C. */
  once?: true;
  /** How many the history has; 0 for a shop without one. */
  messages: number;
  customers: number;
  /** Of the gateway, and the folder that is kept; of a run that stays up. */
  port: number;
  state: string;
}

/**
 * Plays the way of a number from its signup to its sends, and counts.
 *
 * @returns whether nothing was lost, doubled or sent too fast
 * @throws Error where the gateway cannot be started
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { once, messages, customers, port, state } = options;
  // A run to its end leaves nothing behind; one that stays up can be looked into.
  const folder = once ? mkdtempSync(join(tmpdir(), "tandem-demo-")) : state;
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, "gateway.log");
  const say = (line: string) => console.log(line);

  const world = await startWorld({
    port: once ? 0 : port,
    stateFolder: folder,
    log: (line) => appendFileSync(logFile, `${line}\n`),
  });
  const receiver = await Receiver.start();
  let failed = false;
  try {
    say(`Meta (simulated) runs at ${world.simulator.url}, the gateway at ${world.gatewayUrl}.`);
    const business = world.simulator.createBusiness({
      verifiedName: "Corner Bakery",
      customers: customers,
      contacts: 120,
      ...(messages === 0 ? {} : { history: { messages, threads: customers } }),
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
    say(
      `  ${sends.accepted.length} taken, ${sends.refusedWindow} refused: their window is closed.`,
    );
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

    if (!once) {
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
      const third = world.simulator.createBusiness({
        verifiedName: "Old Town Books",
        customers: 3,
      });
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
    if (once) {
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
  return !failed;
}
