import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { eventually } from "./eventually.ts";
import { deliver, services } from "./seed.ts";
import { change, CUSTOMER, seconds } from "./webhooks.ts";
import type { Partner, TestEvent, TestNumber } from "./seed.ts";
import type {
  Admission,
  BatchAdmission,
  Carry,
  SendCommand,
} from "../../src/durable/send-types.ts";
import type { PhoneNumber } from "../../src/durable/phone-number.ts";

/** A text message as a partner's SDK sends it. */
export function textTo(to: string = CUSTOMER, body = "It is, shall I put it aside?") {
  return { messaging_product: "whatsapp", to, type: "text", text: { body } };
}

/** A template message: needs no window. */
export function templateTo(to: string = CUSTOMER) {
  return {
    messaging_product: "whatsapp",
    to,
    type: "template",
    template: { name: "order_ready", language: { code: "en_US" } },
  };
}

export function sendPath(number: TestNumber): string {
  return `/v24.0/${number.id}/messages`;
}

export interface GraphErrorBody {
  error: {
    message: string;
    type: string;
    code: number;
    error_data: { messaging_product: string; details: string };
    is_transient?: boolean;
    fbtrace_id: string;
  };
}

export interface SendRead {
  id: string;
  state: string;
  wamid: string | null;
  admitted_at: string;
  place_at: string | null;
  settled_at: string | null;
  error: { code: number } | null;
}

/** What `GET /v1/senders/{id}/sends/{send}` tells. */
export function readSend(partner: Partner, number: TestNumber, send: string): Promise<SendRead> {
  return partner.read<SendRead>(`/v1/senders/${number.id}/sends/${send}`);
}

/** A partner's events of one type, when the object has told D1 all it has. */
export async function eventsOf(
  partner: Partner,
  number: TestNumber,
  type: string,
): Promise<TestEvent[]> {
  await services().phone(number.id).flushed();
  const events = await partner.events(number.id);
  return events.filter((event) => event.type === type);
}

/** A template to a customer, as the object is asked: it needs no window. */
export function commandTo(
  partner: Partner,
  recipient: string,
  options: Partial<SendCommand> = {},
): SendCommand {
  return {
    partner: partner.id,
    recipient,
    type: "template",
    needsWindow: false,
    body: { ...templateTo(recipient) },
    attempt: crypto.randomUUID(),
    mode: { wait: true, maxWaitMs: 60_000 },
    ...options,
  };
}

/** The carry of an admission that must have got a place. */
export function carryOf(admission: Admission): Carry {
  if (admission.kind !== "carry") throw new Error(`No place: ${JSON.stringify(admission)}`);
  return admission.carry;
}

/** Our ids of a batch, all of which must have been queued. */
export function sendsOf(admission: BatchAdmission | { kind: "key_reused" }): string[] {
  const items = "items" in admission ? admission.items : [admission];
  return items.map((item) => {
    if (item.kind !== "queued") throw new Error(`Not queued: ${JSON.stringify(item)}`);
    return item.send;
  });
}

/** Asks the object for a place and leaves the message uncarried. */
export async function takePlace(
  partner: Partner,
  number: TestNumber,
  recipient: string,
  options: Partial<SendCommand> = {},
): Promise<{ send: string; placeAt: number }> {
  const phone = services().phone(number.id);
  const { send } = carryOf(await phone.admit(commandTo(partner, recipient, options)));
  const view = await phone.send(partner.id, send);
  return { send, placeAt: view?.placeAt ?? Number.NaN };
}

/** A queued send's mode. */
export const QUEUED = { wait: false, expiresInMs: 15 * 60_000 } as const;

export const ACCEPTED = (wamid: string) =>
  ({ state: "accepted", wamid, answer: { messages: [{ id: wamid }] } }) as const;

/** A customer of the tests, by number. */
export function customer(n: number): string {
  return `1555017${String(n).padStart(4, "0")}`;
}

/** Stops the date (timers go on), so that an hour can pass in a line. */
export function stopClock(at = Date.now()): void {
  vi.useFakeTimers({ toFake: ["Date"], now: at });
}

export function passTime(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

/** Lets the object do what its alarm does, as of now. */
export async function runAlarm(number: TestNumber): Promise<void> {
  const { runInDurableObject } = await import("cloudflare:test");
  await runInDurableObject(env.PHONE.getByName(number.id), (object: PhoneNumber) => object.alarm());
}

/** Delivers an account_update; stamped a moment ahead, since stamps have whole seconds. */
export async function accountUpdate(
  number: TestNumber,
  event: string,
  options: { at?: number; detail?: Record<string, unknown> } = {},
): Promise<void> {
  const removal = event.startsWith("PARTNER_");
  const { entry, object } = change(number, "account_update", {
    event,
    ...(removal ? { waba_info: { waba_id: number.wabaId, owner_business_id: "71" } } : {}),
    ...options.detail,
  });
  const time = seconds(options.at ?? Date.now() + 2_000);
  await deliver(number, {
    object,
    // PARTNER_* carry the partner's own portfolio as entry.id.
    entry: entry.map((each) => ({ ...each, id: removal ? "720000000000001" : each.id, time })),
  });
}

/** Waits until a send is told to be in a state, and returns what is told. */
export function sendReaches(
  partner: Partner,
  number: TestNumber,
  send: string,
  state: string,
): Promise<SendRead> {
  return eventually(async () => {
    const read = await readSend(partner, number, send);
    if (read.state !== state) throw new Error(`${send} is ${read.state}, not ${state}`);
    return read;
  }, 20);
}

/** Our id of a send, from the answer's header. */
export function sendIdOf(response: Response): string {
  const id = response.headers.get("tandem-send-id");
  if (id === null) throw new Error(`No send id in an answer of ${response.status}.`);
  return id;
}
