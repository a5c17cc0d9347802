import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countSmoke } from "../../scripts/smoke/count.ts";
import { playSmoke } from "../../scripts/smoke/play.ts";
import { SimulatorControl } from "../../scripts/smoke/simulator-control.ts";
import { startSimulator } from "../../simulator/simulator.ts";
import { SECRETS, ServeProcess } from "../end-to-end/serve-process.ts";
import { freePort } from "../end-to-end/stage.ts";
import type { SmokeFacts } from "../../scripts/smoke/count.ts";
import type { Simulator } from "../../simulator/simulator.ts";

/** Three sends and two messages, of which all went well. */
function wellGone(changes: Partial<SmokeFacts> = {}): SmokeFacts {
  return {
    sends: new Map([
      ["one", "accepted"],
      ["two", "accepted"],
      ["three", "unknown"],
    ]),
    arrived: ["one", "two"],
    settled: ["two", "one"],
    history: { sent: ["a", "b"], stored: ["b", "a"] },
    seqs: new Map([["sender", [1, 2, 3]]]),
    maxIn1s: 20,
    ...changes,
  };
}

describe("the count of a smoke test", () => {
  it("is in order where everything came once, and what nobody can know is said to be unknown", () => {
    expect(countSmoke(wellGone())).toMatchObject({
      ok: true,
      sends: { queued: 3, states: { accepted: 2, unknown: 1 }, lost: 0, twice: 0 },
    });
    // An unknown one may have arrived.
    expect(countSmoke(wellGone({ arrived: ["one", "two", "three"] })).ok).toBe(true);
  });

  it.each([
    ["a send that is said to have gone and did not", { arrived: ["one"] }, { sends: { lost: 1 } }],
    ["a send that went twice", { arrived: ["one", "two", "two"] }, { sends: { twice: 1 } }],
    [
      "a send that is still in the queue",
      { sends: new Map([["one", "queued"]]) },
      { sends: { lost: 1 } },
    ],
    [
      "a message that is not stored",
      { history: { sent: ["a", "b"], stored: ["a"] } },
      { history: { lost: 1 } },
    ],
    [
      "a message that is listed twice",
      { history: { sent: ["a"], stored: ["a", "a"] } },
      { history: { twice: 1 } },
    ],
    ["an outcome that was not told", { settled: ["one"] }, { events: { untold: 1 } }],
    [
      "an outcome that was told twice",
      { settled: ["one", "one", "two"] },
      { events: { twice: 1 } },
    ],
    [
      "a hole in the numbers of events",
      { seqs: new Map([["s", [1, 3]]]) },
      { events: { gaps: 1 } },
    ],
  ] satisfies [string, Partial<SmokeFacts>, object][])("finds %s", (_, changes, found) => {
    expect(countSmoke(wellGone(changes))).toMatchObject({ ok: false, ...found });
  });
});

describe("npm run smoke", () => {
  let simulator: Simulator;
  let serve: ServeProcess;
  const state = mkdtempSync(join(tmpdir(), "tandem-smoke-test-"));

  beforeAll(async () => {
    simulator = await startSimulator({ ...SECRETS, log: () => undefined });
    serve = await ServeProcess.start({
      state,
      port: await freePort(),
      graphUrl: simulator.url,
    });
  });

  afterAll(async () => {
    await serve.killGroup();
    await simulator.close();
    rmSync(state, { recursive: true, force: true });
  });

  // What it redeploys in earnest takes a minute and more: a send whose carrier died is called
  // unknown 60 s after its place. Kills are kill.test.ts's.
  it("finds nothing lost and nothing twice, and calls for the redeploy in the middle of it all", async () => {
    const atRedeploy: number[] = [];
    const report = await playSmoke({
      url: serve.url,
      operatorToken: SECRETS.operatorToken,
      simulator: new SimulatorControl(simulator.url),
      verifyToken: SECRETS.verifyToken,
      sends: 45,
      messages: 400,
      redeploy: () => {
        atRedeploy.push(simulator.ledger.sends.length);
        return Promise.resolve();
      },
      say: () => undefined,
    });
    expect(atRedeploy).toHaveLength(1);
    expect(atRedeploy[0]).toBeGreaterThanOrEqual(15);
    expect(atRedeploy[0]).toBeLessThan(45);
    expect(report).toMatchObject({
      ok: true,
      sends: { queued: 45, states: { accepted: 45 }, arrived: 45, lost: 0, twice: 0 },
      history: { sent: 400, stored: 400, lost: 0, twice: 0 },
      events: { untold: 0, twice: 0, gaps: 0 },
    });
  });

  it("says where the simulator and the gateway do not know each other", async () => {
    await expect(
      playSmoke({
        url: serve.url,
        operatorToken: SECRETS.operatorToken,
        simulator: new SimulatorControl(simulator.url),
        verifyToken: "another one",
        sends: 1,
        messages: 1,
        redeploy: null,
        say: () => undefined,
      }),
    ).rejects.toThrow("The simulator could not verify");
  });
});
