import { expect, it } from "vitest";
import { deliver, seedObservedSender, seedSender } from "../support/seed.ts";
import { CUSTOMER, inbound, textMessage } from "../support/webhooks.ts";

it("stores a customer's message, opens the window and tells the partner once", async () => {
  const { partner, number } = await seedObservedSender();
  const message = textMessage({ wamid: "wamid.journey-1", body: "Hello there" });
  await deliver(number, inbound(number, message));

  const { data } = await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
  expect(data).toMatchObject([
    {
      wamid: "wamid.journey-1",
      direction: "inbound",
      origin: "customer",
      historical: false,
      customer: { phone: CUSTOMER },
      type: "text",
      text: { body: "Hello there" },
    },
  ]);
  const window = await partner.read(`/v1/senders/${number.id}/windows/${CUSTOMER}`);
  expect(window).toMatchObject({ open: true, why: "customer_wrote" });
  const events = await partner.events(number.id);
  expect(events.map((event) => event.type)).toEqual(["sender.connected", "message.received"]);
  expect(events.map((event) => event.seq)).toEqual([1, 2]);
});

it("keeps two senders on two shards apart", async () => {
  const first = await seedSender();
  const second = await seedSender({ partner: first.partner });
  await deliver(first.number, inbound(first.number, textMessage()));
  await deliver(second.number, inbound(second.number, textMessage()));
  const events = await first.partner.events();
  const received = events.filter((event) => event.type === "message.received");
  expect(received.map((event) => event.sender_id).toSorted()).toEqual(
    [first.number.id, second.number.id].toSorted(),
  );
});
