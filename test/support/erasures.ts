import { sweepErasures } from "../../src/operations/sweep-erasures.ts";
import { eventually } from "./eventually.ts";
import { asOperator, services } from "./seed.ts";
import { rowsOf, runObjectSql, setClock } from "./storage.ts";
import type { Partner, TestNumber } from "./seed.ts";

export interface ErasureView {
  id: string;
  state: string;
  step: string | null;
  waits_for: string | null;
  erased: Record<string, number>;
}

/** Asks for a customer's erasure. */
export async function askErasure(partner: Partner, number: TestNumber, customer: string) {
  const path = `/v1/senders/${number.id}/customers/${encodeURIComponent(customer)}`;
  const response = await partner.call("DELETE", path);
  if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
  return response.json<ErasureView>();
}

/** How far an erasure is, whoever's. */
export async function readErasure(id: string): Promise<ErasureView> {
  return (await asOperator(`/v1/admin/erasures/${id}`)).json<ErasureView>();
}

/** Until the work behind the answer rests. */
export async function erasureRests(id: string): Promise<void> {
  await eventually(async () => {
    const { state, waits_for } = await readErasure(id);
    if (state !== "done" && waits_for === null) throw new Error("It is under way.");
  });
}

/** Until the work behind the answer rests, and then, by the clock, to its end. */
export async function finishErasure(id: string): Promise<ErasureView> {
  for (let hour = 0; hour < 30; hour++) {
    await erasureRests(id);
    const now = await readErasure(id);
    if (now.state === "done") return now;
    setClock(services().now() + 20 * 60_000);
    await sweepErasures(services());
  }
  throw new Error("It does not come to its end.");
}

export async function eraseWholly(partner: Partner, number: TestNumber, customer: string) {
  const { id } = await askErasure(partner, number, customer);
  return finishErasure(id);
}

const SHARD_TABLES = [
  "messages",
  "media",
  "loose_changes",
  "customers",
  "customer_keys",
  "contacts",
  "conversations",
  "preferences",
  "conversions",
  "notices",
  "unrouted",
  "events",
];
const OBJECT_TABLES = ["journal", "windows", "aliases", "outbox", "thread_owners", "settings"];

/** Tables of the number, in its shard and its object, in which one of these texts stands. */
export async function placesNaming(number: TestNumber, ...texts: string[]): Promise<string[]> {
  const found: string[] = [];
  const look = (place: string, rows: unknown[]) => {
    const text = JSON.stringify(rows);
    if (texts.some((each) => text.includes(each))) found.push(place);
  };
  for (const table of SHARD_TABLES) look(table, await rowsOf(number, table));
  for (const table of OBJECT_TABLES) {
    look(`object:${table}`, await runObjectSql(number.id, `SELECT * FROM ${table}`));
  }
  return found;
}
