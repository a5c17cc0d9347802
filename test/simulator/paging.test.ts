import { expect, it } from "vitest";
import { call, connect } from "./support.ts";

type Page = {
  data: { name: string }[];
  paging?: { next?: string; previous?: string; cursors: { before: string; after: string } };
};

it("pages a list forth and back, with the caller's token in the addresses", async () => {
  const { simulator, business, token } = await connect();
  const path = `/${business.wabaId}/message_templates`;
  for (const name of ["third", "fourth", "fifth"]) {
    await call(simulator, "POST", path, { token, json: { name, language: "en_US" } });
  }
  const open = async (url: string) => (await (await fetch(url)).json()) as Page;
  const first = (await call(simulator, "GET", `${path}?limit=2`, { token })).body as Page;
  const names = (page: Page) => page.data.map(({ name }) => name);
  expect(names(first)).toEqual(["hello_world", "order_update"]);
  expect(first.paging?.previous).toBeUndefined();
  // Followed as it is, without a header: the token is in the address.
  expect(new URL(first.paging?.next ?? "").searchParams.get("access_token")).toBe(token);
  const second = await open(first.paging?.next ?? "");
  expect(names(second)).toEqual(["third", "fourth"]);
  const last = await open(second.paging?.next ?? "");
  expect(names(last)).toEqual(["fifth"]);
  expect(last.paging?.next).toBeUndefined();
  expect(names(await open(last.paging?.previous ?? ""))).toEqual(["third", "fourth"]);
});

it("refuses a cursor that it did not give", async () => {
  const { simulator, business, token } = await connect();
  const path = `/${business.wabaId}/phone_numbers?after=nonsense`;
  expect((await call(simulator, "GET", path, { token })).code).toBe(100);
});

it("takes orders about a thread from the number's own token only", async () => {
  const { simulator, business, token } = await connect();
  const path = `/${business.phoneNumberId}/thread_control`;
  const json = { messaging_product: "whatsapp", to: "15550177001", action: "release" };
  expect((await call(simulator, "POST", path, { token, json })).body).toEqual({ success: true });
  expect((await call(simulator, "POST", path, { token: "wrong", json })).code).toBe(190);
});
