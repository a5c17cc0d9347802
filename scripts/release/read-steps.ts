import type { Released } from "./hashes.ts";

type Steps = Record<keyof Released["tables"], readonly string[]>;

/** The objects' lists of table steps. By address: they name types of the Worker's world. */
export async function readSteps(): Promise<Steps> {
  const load = (file: string) =>
    import(new URL(`../../src/durable/${file}`, import.meta.url).href) as Promise<
      Record<string, readonly string[]>
    >;
  const { TABLES } = await load("tables.ts");
  const { ENDPOINT_TABLES } = await load("endpoint-tables.ts");
  const { ALARM_TABLES } = await load("alarm-tables.ts");
  if (TABLES === undefined || ENDPOINT_TABLES === undefined || ALARM_TABLES === undefined) {
    throw new Error("The lists of table steps are not where they were: src/durable/*tables.ts.");
  }
  return { "phone-number": TABLES, endpoint: ENDPOINT_TABLES, alarms: ALARM_TABLES };
}
