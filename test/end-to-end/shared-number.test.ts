import { expect, it, onTestFinished } from "vitest";
import { eventually } from "../support/eventually.ts";
import { Stage, textTo } from "./stage.ts";

it("leaves a thread to the responder that holds it, takes it when told to, and keeps what it took", async () => {
  const stage = await Stage.set();
  onTestFinished(() => stage.strike());
  const { partner, simulator } = stage;
  const business = await stage.importBusiness(3);
  const phone = business.customers[0]?.phone ?? "";
  const send = (headers: Record<string, string> = {}) =>
    partner.send(business.phoneNumberId, textTo(phone, "Let me help."), headers);
  const owner = async () => {
    const path = `/v1/senders/${business.phoneNumberId}/windows/${phone}`;
    return (await partner.get<{ thread_owner: string }>(path)).thread_owner;
  };

  simulator.responderTakes(business);
  simulator.customerWrites(business, { body: "is somebody there?" });
  simulator.responderWrites(business, { body: "I am the agent." });
  await simulator.idle();
  expect(await owner()).toBe("other");
  expect((await send()).status).toBe(400);
  expect(simulator.ledger.sends).toEqual([]);

  // Meta tells us that we took it: that must not read as if we had lost it.
  expect((await send({ "x-tandem-take-control": "true" })).status).toBe(200);
  await simulator.idle();
  expect(await owner()).toBe("tandem");
  expect((await send()).status).toBe(200);

  const { wamid } = simulator.customerWrites(business, { body: "thank you" });
  await simulator.idle();
  await eventually(async () => {
    const { data } = await partner.get<{ data: { type: string; data: object }[] }>(
      "/v1/events?limit=500",
    );
    expect(data.find((event) => "wamid" in event.data && event.data.wamid === wamid)).toBeDefined();
    const notices = data.filter((event) => event.type === "account.notice");
    expect(notices.map((event) => event.data)).toMatchObject([
      { field: "messaging_handovers", thread_owner: "other" },
      { field: "messaging_handovers", thread_owner: "tandem" },
    ]);
  }, 100);
});
