import { expect, it } from "vitest";
import { TWO_YEARS } from "../../simulator/scenarios/sender-life.ts";
import { call, connect } from "./support.ts";

/** What Meta says by account_update in the order of the days; late and repeated words among them. */
const SAID = TWO_YEARS.flatMap(({ step, act }) => {
  // Whoever has no access hears no word of the account itself.
  if (step === "a reconnection cannot bring it back") return [];
  if (act.kind === "account") return [act.event];
  if (act.kind === "remove") return ["PARTNER_REMOVED"];
  if (act.kind !== "repeat") return [];
  const repeated = TWO_YEARS.find((each) => each.step === act.step)?.act;
  return [repeated?.kind === "account" ? repeated.event : "PARTNER_REMOVED"];
});

it("plays two years of a sender: each word once said, late, or again, and the access as it then is", async () => {
  const { simulator, door, business } = await connect();
  const play = simulator.beginLife(business);
  const beganAt = simulator.now();
  let token = "";
  const readWaba = () => call(simulator, "GET", `/${business.wabaId}`, { token });
  for (const step of TWO_YEARS) {
    play(step);
    if (step.act.kind === "onboard") {
      simulator.issueCode(business);
      token = simulator.issueToken(business);
      await call(simulator, "POST", `/${business.wabaId}/subscribed_apps`, { token });
    }
    await simulator.idle();
    const { code } = await readWaba();
    expect([step.step, code]).toEqual([step.step, step.state === "disconnected" ? 100 : undefined]);
  }
  const said = door.taken.filter(({ change }) => change.field === "account_update");
  expect(said.map(({ change }) => change.value["event"])).toEqual(SAID);
  // Said when it was said, and not when it came.
  const late = said.find(({ entry }) => {
    const day = ((entry.time ?? 0) * 1000 - beganAt) / 86_400_000;
    return Math.abs(day - 15.02) < 0.001;
  });
  expect(late?.change.value).toEqual({ event: "ACCOUNT_OFFBOARDED" });
  const removals = said.filter(({ change }) => change.value["event"] === "PARTNER_REMOVED");
  const drawer = removals.filter(({ raw }) => raw.includes("PRIMARY_INACTIVITY"));
  expect(new Set(drawer.map(({ raw }) => raw.toString())).size).toBe(1);
  expect(drawer).toHaveLength(3);
  expect(simulator.now()).toBeGreaterThanOrEqual(beganAt + 730 * 86_400_000);
});
