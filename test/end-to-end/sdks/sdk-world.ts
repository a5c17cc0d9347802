import { readFileSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";
import { Stage } from "../stage.ts";
import type { DemoEvent, TandemClient } from "../../../scripts/demo/tandem-client.ts";
import type { Business, Simulator } from "../../../simulator/simulator.ts";

/** A gateway as a process, a Meta beside it, and a business onboarded through the public API. */
export interface SdkWorld {
  simulator: Simulator;
  business: Business;
  /** Where SDKs point: the gateway with the partner's key, or Meta itself with Meta's token. */
  tandem: SdkTarget;
  meta: SdkTarget;
  partner: TandemClient;
  /** The gateway's workerd. */
  runtimePid: number;
  /** A phone that has written, so that its window is open. */
  openCustomer(): Promise<string>;
  /** A phone that never wrote. */
  silentCustomer(): string;
  /** The first event of this type that fits. */
  event(type: string, fits: (data: Record<string, unknown>) => boolean): Promise<DemoEvent>;
  /** So many sends at once, to others, that no place is free for a while. */
  fillPlaces(): Promise<unknown>;
  stop: () => Promise<void>;
}

export interface SdkTarget {
  /** Without a version. */
  url: string;
  key: string;
}

const FILLING_SENDS = 60;

export async function startSdkWorld(): Promise<SdkWorld> {
  const stage = await Stage.set();
  const { simulator, partner, key } = stage;
  const business = simulator.createBusiness({ customers: 200 });
  const session = await partner.post<{ id: string }>("/v1/signup-sessions", {});
  const { code } = simulator.issueCode(business);
  const { wabaId, phoneNumberId } = business;
  await partner.post(`/v1/signup-sessions/${session.id}/finish`, { code, waba_id: wabaId });
  await partner.post(`/v1/signup-sessions/${session.id}/confirm`, { timezone: "Europe/Berlin" });

  const lock = readFileSync(join(stage.state, "gateway.lock"), "utf8");
  const { runtimePid } = JSON.parse(lock) as { runtimePid: number };
  const phones = business.customers.map((customer) => customer.phone);
  const nextPhone = () => {
    const phone = phones.shift();
    if (phone === undefined) throw new Error("The business has no more customers.");
    return phone;
  };
  return {
    simulator,
    business,
    partner,
    runtimePid,
    tandem: { url: stage.serve.url, key },
    meta: { url: simulator.url, key: simulator.issueToken(business) },
    async openCustomer() {
      const phone = nextPhone();
      simulator.customerWrites(business, { from: phone });
      const path = `/v1/senders/${phoneNumberId}/windows/${phone}`;
      await vi.waitFor(async () => {
        const { open } = await partner.get<{ open: boolean | null }>(path);
        if (open !== true) throw new Error(`The window of ${phone} is not open.`);
      }, PATIENT);
      return phone;
    },
    silentCustomer: nextPhone,
    event: (type, fits) =>
      vi.waitFor(async () => {
        const found = (await listEvents(partner)).find(
          (event) => event.type === type && fits(event.data),
        );
        if (found === undefined) throw new Error(`No event of type ${type} fits.`);
        return found;
      }, PATIENT),
    async fillPlaces() {
      const sends = Array.from({ length: FILLING_SENDS }, () =>
        partner.send(phoneNumberId, {
          messaging_product: "whatsapp",
          to: nextPhone(),
          type: "template",
          template: { name: "order_update", language: { code: "en_US" } },
        }),
      );
      // The first answer: by then the places of a second and more are given out.
      await Promise.race(sends);
      return Promise.all(sends);
    },
    stop: () => stage.strike(),
  };
}

const PATIENT = { timeout: 15_000, interval: 50 };

async function listEvents(partner: TandemClient): Promise<DemoEvent[]> {
  const all: DemoEvent[] = [];
  for (let after = ""; ;) {
    const query = `limit=500${after === "" ? "" : `&after=${after}`}`;
    const page: { data: DemoEvent[]; next_cursor: string } = await partner.get(
      `/v1/events?${query}`,
    );
    if (page.data.length === 0) return all;
    all.push(...page.data);
    after = page.next_cursor;
  }
}
