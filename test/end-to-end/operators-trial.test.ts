import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Receiver } from "../../scripts/demo/receiver.ts";
import { SECRETS } from "./serve-process.ts";
import { Stage } from "./stage.ts";
import { Terminal } from "./terminal.ts";
import type { DemoEvent } from "../../scripts/demo/tandem-client.ts";
import type { Business } from "../../simulator/simulator.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/operating.md"), "utf8");
const TRIAL = "A trial on this machine";
const FAULTS_TOKEN = "operators-trial";
/** The 28 hours of an event's tries in five seconds. */
const TIME_SCALE = 20_000;
const HOUR_MS = 3_600_000;
/** Some sweeps come by once in a minute. */
const PATIENCE = { timeout: 100_000, interval: 250 };

/** The one line of a section's commands that has this in it, as the page has it. */
function lineOf(heading: string, part: string): string {
  const [, section = ""] = PAGE.split(`### ${heading}\n`);
  const blocks = section.split(/\n##+ /)[0]?.matchAll(/ *```sh\n(.*?)```/gs) ?? [];
  const lines = [...blocks].flatMap(([, commands = ""]) => commands.split("\n"));
  const [line, ...more] = lines.filter((each) => each.includes(part));
  if (line === undefined || more.length > 0) {
    throw new Error(`"${heading}" of docs/operating.md has no one line with ${part}.`);
  }
  return line.trim();
}

describe("an operator with docs/operating.md", () => {
  let stage: Stage;
  let terminal: Terminal;
  let receiver: Receiver;
  let business: Business;
  /** Whether the partner's server refuses what it is told now. */
  let refuses: (event: DemoEvent) => boolean = () => false;
  let status = 500;

  beforeAll(async () => {
    stage = await Stage.set(
      { "faults-token": FAULTS_TOKEN, "time-scale": String(TIME_SCALE) },
      { script: fileURLToPath(new URL("../faults/serve.ts", import.meta.url)) },
    );
    terminal = new Terminal(stage.state, {
      TANDEM: stage.serve.url,
      FAULTS: FAULTS_TOKEN,
      TANDEM_OPERATOR_TOKEN: SECRETS.operatorToken,
      PARTNER: stage.partnerId,
    });
    await terminal.run(`shopt -s expand_aliases\n${PAGE.match(/^alias op=.*/m)?.[0]}`);
    await terminal.run(lineOf(TRIAL, "spoil()"));
    receiver = await Receiver.start();
    let told: DemoEvent | undefined;
    receiver.seen = (event) => (told = event);
    receiver.answer = () => (told !== undefined && refuses(told) ? status : 204);
    await terminal.run(`ENDPOINT=${await receiver.connect(stage.partner)}`);
    business = await stage.importBusiness(5);
  }, 120_000);

  afterAll(async () => {
    terminal?.close();
    await receiver?.stop();
    await stage?.strike();
  });

  /** A line of the page, and what it prints. */
  async function follow<T>(heading: string, part: string): Promise<T[]> {
    const output = await terminal.run(`${lineOf(heading, part)} > answer.json`);
    expect(output).toContain("@@done");
    // One document after the other, as jq prints them.
    const text = await terminal.run("jq -sc . answer.json");
    return JSON.parse(text.split("\n")[0] ?? "[]") as T[];
  }

  /** What is to be open, or not, under GET /v1/admin/alarms. */
  async function expectAlarm(alarm: string, isOpen: boolean): Promise<void> {
    await vi.waitFor(async () => {
      const response = await fetch(`${stage.serve.url}/v1/admin/alarms`, {
        headers: { authorization: `Bearer ${SECRETS.operatorToken}` },
      });
      const { open } = (await response.json()) as { open: { alarm: string }[] };
      expect(open.some((each) => each.alarm === alarm)).toBe(isOpen);
    }, PATIENCE);
  }

  async function expectLogged(event: string): Promise<void> {
    const file = join(stage.state, "gateway.log");
    await vi.waitFor(() => {
      expect(existsSync(file) && readFileSync(file, "utf8")).toContain(`"event":"${event}"`);
    }, PATIENCE);
  }

  /** Runs the page's one line that spoils the databases in this way. */
  async function spoil(part: string): Promise<void> {
    await terminal.run(lineOf(TRIAL, part));
  }

  /** Events of one text of a customer's that the partner's server took. */
  function taken(body: string): number {
    return receiver.told.filter((event) => JSON.stringify(event.data).includes(body)).length;
  }

  it("finds a delivery that failed, and has it told", async () => {
    refuses = (event) => JSON.stringify(event.data).includes("refuse this");
    stage.simulator.customerWrites(business, { body: "refuse this" });
    stage.simulator.customerWrites(business, { body: "take this" }); // its server is up
    await expectLogged("endpoint.failed_event");

    const heading = "A delivery failed";
    const failed = await follow<{ type: string; attempts: { status: number }[] }>(
      heading,
      "state=failed",
    );
    expect(failed).toEqual([expect.objectContaining({ type: "message.received" })]);
    expect(failed[0]?.attempts.every((attempt) => attempt.status === 500)).toBe(true);
    expect(taken("refuse this")).toBe(0);

    refuses = () => false;
    await follow(heading, "failed_since");
    await vi.waitFor(() => expect(taken("refuse this")).toBe(1), PATIENCE);
    expect(await follow(heading, "state=failed")).toEqual([]);
  }, 120_000);

  it("finds an endpoint that was disabled, and enables it", async () => {
    refuses = () => true;
    status = 410;
    stage.simulator.customerWrites(business, { body: "nobody is here" });
    await expectAlarm("endpoint_disabled", true);

    const heading = "A partner says that events do not come";
    const list = 'endpoints?partner=$PARTNER"';
    expect(await follow(heading, list)).toEqual([
      expect.objectContaining({ state: "disabled", state_reason: "gone" }),
    ]);

    refuses = () => false;
    await follow(heading, '"state": "enabled"');
    await vi.waitFor(() => expect(taken("nobody is here")).toBe(1), PATIENCE);
    await expectAlarm("endpoint_disabled", false);
    expect(await follow(heading, list)).toEqual([
      expect.objectContaining({ state: "enabled", health: "healthy", owed: 0 }),
    ]);
  }, 120_000);

  it("finds an import that stands still, and sees it end when Meta goes on", async () => {
    const shop = stage.simulator.createBusiness({ customers: 5, history: "late" });
    await stage.signUp(shop);
    await terminal.run(`NUMBER_ID=${shop.phoneNumberId}`);
    const heading = "An import stands still";
    const see = () => follow<{ state: string; missing_chunks: number }>(heading, '/sync" | jq');
    await vi.waitFor(async () => {
      const [history] = await see();
      expect(history?.missing_chunks).toBeGreaterThan(0);
      expect(history).toMatchObject({ state: "importing", missing_pages: 0 });
    }, PATIENCE);
    // Two hours go by without a chunk; what is still on its way now moves the instant once more.
    await vi.waitFor(
      async () => {
        await spoil("UPDATE syncs");
        expect(await see()).toEqual([expect.objectContaining({ state: "stalled" })]);
      },
      { ...PATIENCE, interval: 3_000 },
    );
    await expectLogged("history.stalled");
    await expectAlarm("sync_stalled", true);

    const words = await terminal.run(lineOf(heading, "sync/redrive"));
    expect(words).toContain("only Meta can send");
    stage.simulator.advance(HOUR_MS);
    await vi.waitFor(async () => {
      expect(await see()).toEqual([
        expect.objectContaining({ state: "complete", missing_chunks: 0 }),
      ]);
    }, PATIENCE);
    await expectAlarm("sync_stalled", false);
  }, 300_000);

  it("finds a dead letter, and does it over", async () => {
    await spoil("CREATE TRIGGER");
    stage.simulator.customerWrites(business, { body: "indigestible" });
    await expectLogged("flush.dead_fact");
    await expectAlarm("dead_letters", true);

    const heading = "There are dead letters";
    // The page's line asks for another source.
    const list = lineOf(heading, "dead-letters?source=").replace("source=history", "source=flush");
    const see = async () => {
      await terminal.run(`${list} > letters.json`);
      return terminal.run("jq -r '\"\\(.source) \\(.state) \\(.reason)\"' letters.json");
    };
    expect(await see()).toContain("flush open Error:SQLITE_CONSTRAINT");
    await terminal.run("LETTER=$(jq -r .id letters.json)");
    expect(await terminal.run(lineOf(heading, "jq .about"))).toContain("{");

    await spoil("DROP TRIGGER");
    await follow(heading, '$LETTER/redrive"');
    await vi.waitFor(async () => expect(await see()).toMatch(/^@@done/), PATIENCE);
    await vi.waitFor(() => expect(taken("indigestible")).toBe(1), PATIENCE);
    await expectAlarm("dead_letters", false);
  }, 240_000);
});
