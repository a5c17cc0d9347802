import { describe, expect, it } from "vitest";
import { recordBusiness } from "../../simulator/record.ts";
import { HISTORY_PRESETS } from "../../simulator/scenarios/history-scenario.ts";
import { EPISODES, LIVE_PRESETS } from "../../simulator/scenarios/live-scenario.ts";
import type { HistoryPreset } from "../../simulator/scenarios/history-scenario.ts";
import type { LiveScenario } from "../../simulator/scenarios/live-scenario.ts";

type Json = Record<string, unknown>;
type Message = Json & { id: string; type: string; timestamp?: string; history_context: Json };
type Element = { metadata?: Json; threads: (Json & { messages: Message[] })[]; errors?: Json[] };

const AT = Date.parse("2026-11-01T09:00:00Z");

function record(history: HistoryPreset, live: LiveScenario = {}, seed = 1): Promise<string[]> {
  const business = { wabaId: "210000000000077", phoneNumberId: "310000000000077", history };
  return recordBusiness({ business, onboardedAt: AT, live, seed });
}

function changesOf(bodies: string[]): { field: string; value: Json }[] {
  return bodies.flatMap((body) => {
    const { entry } = JSON.parse(body) as {
      entry: { changes: { field: string; value: Json }[] }[];
    };
    return entry.flatMap(({ changes }) => changes);
  });
}

/** Elements of each history webhook, without the live texts that the phone uploads last. */
async function elementsOf(preset: HistoryPreset): Promise<Element[][]> {
  const changes = changesOf(await record(preset, { episodes: "statuses" }));
  return changes
    .flatMap(({ value }) => (value["history"] ? [value["history"] as Element[]] : []))
    .slice(0, -1);
}

const share = <T>(list: T[], is: (item: T) => boolean) => list.filter(is).length / list.length;

describe("the same seed", () => {
  it.each(Object.keys(HISTORY_PRESETS).filter((name) => name !== "huge" && name !== "halfYear"))(
    "makes the same webhooks of history %s, and another seed others",
    async (name) => {
      const preset = name as HistoryPreset;
      const first = await record(preset);
      expect(await record(preset)).toEqual(first);
      expect(await record(preset, {}, 2)).not.toEqual(first);
    },
  );

  it("decides how live stories lie across each other", async () => {
    const first = await record("none", { seed: 5 });
    expect(await record("none", { seed: 5 })).toEqual(first);
    expect(await record("none", { seed: 6 })).not.toEqual(first);
  });
});

describe("history by name", () => {
  it("`odd` has every oddity of single messages", async () => {
    const threads = (await elementsOf("odd")).flat().flatMap((element) => element.threads);
    const messages = threads.flatMap((thread) => thread.messages);
    const own = messages.filter(({ from }) => from === "12015550190");
    expect(share(own, ({ history_context }) => !("from_me" in history_context))).toBeCloseTo(
      0.2,
      0,
    );
    expect(own.some((message) => "to" in message)).toBe(true);
    expect(own.some((message) => !("to" in message))).toBe(true);
    const statuses = messages.map(({ history_context }) => String(history_context["status"]));
    expect(new Set(statuses.map((status) => status === status.toUpperCase()))).toEqual(
      new Set([true, false]),
    );
    expect(messages.filter((message) => !("timestamp" in message)).length).toBeGreaterThan(3);
    expect(new Set(messages.map(({ type }) => type))).toEqual(
      new Set(["text", "location", "media_placeholder", "reaction", "edit", "revoke"]),
    );
    const hidden = threads.filter((thread) => !("id" in thread));
    expect(hidden.length).toBeGreaterThan(0);
    const theirs = hidden.flatMap((thread) => thread.messages).filter(({ from }) => !from);
    expect(theirs.length).toBeGreaterThan(0);
    expect(theirs.every((message) => "from_user_id" in message)).toBe(true);
  });

  it("`tangled` puts several chunks and an error beside threads into one change", async () => {
    const posts = await elementsOf("tangled");
    expect(Math.max(...posts.map((elements) => elements.length))).toBe(3);
    expect(posts.flat().some(({ errors, threads }) => errors && threads.length > 0)).toBe(true);
    const phases = posts.flat().map(({ metadata }) => Number(metadata?.["phase"]));
    expect(phases).not.toEqual(phases.toSorted((a, b) => a - b));
  });

  it("`bare` leaves metadata out of some chunks", async () => {
    const elements = (await elementsOf("bare")).flat();
    expect(elements.some((element) => !("metadata" in element))).toBe(true);
    expect(elements.some((element) => "metadata" in element)).toBe(true);
  });

  it("`late` brings what was lost at the end, so that no number is missing", async () => {
    const elements = (await elementsOf("late")).flat();
    const orders = elements.map(({ metadata }) => Number(metadata?.["chunk_order"]));
    const phases = elements.map(({ metadata }) => Number(metadata?.["phase"]));
    for (const phase of [0, 1, 2]) {
      const own = orders.filter((_, at) => phases[at] === phase).toSorted((a, b) => a - b);
      expect(own).toEqual(own.map((_, at) => at + 1));
    }
    expect(phases).not.toEqual(phases.toSorted((a, b) => a - b));
  });
});

describe("live scenarios", () => {
  const itemsOf = async (live: LiveScenario) => {
    const changes = changesOf(await record("none", live));
    return changes.flatMap(({ value }) =>
      ["messages", "message_echoes", "statuses", "state_sync"].flatMap(
        (list) => (value[list] ?? []) as Json[],
      ),
    );
  };

  it("play each episode whole, for as many customers as asked", async () => {
    const steps = Object.values(EPISODES).reduce((sum, { steps: own }) => sum + own.length, 0);
    expect(await itemsOf({ customersEach: 3 })).toHaveLength(3 * steps);
  });

  it("`changes` names a message by another wamid with the same token", async () => {
    const items = await itemsOf({ episodes: ["severalWamids"] });
    const [message, echo] = items as [Json & { id: string }, Json & { context: { id: string } }];
    expect(echo.context.id).not.toBe(message.id);
    const token = (wamid: string) =>
      Buffer.from(wamid.slice(6), "base64").toString().slice(-21, -1);
    expect(token(echo.context.id)).toBe(token(message.id));
    expect(token(message.id)).toMatch(/^[0-9A-F]{20}$/);
  });

  it("`spellings` writes one customer's number in both ways, under one BSUID", async () => {
    for (const episode of ["brazilian", "mexican", "argentine"] as const) {
      const items = (await itemsOf({ episodes: [episode] })) as {
        from?: string;
        from_user_id?: string;
      }[];
      const inbound = items.filter(({ from_user_id }) => from_user_id !== undefined);
      expect(new Set(inbound.map(({ from }) => from)).size).toBe(2);
      expect(new Set(inbound.map(({ from_user_id }) => from_user_id)).size).toBe(1);
    }
  });

  it("`unavailable` tells 131060, and later the content under the same wamid", async () => {
    const items = (await itemsOf({ episodes: ["contentLater"] })) as Message[];
    const [first, , last] = items;
    expect(first).toMatchObject({ type: "unsupported", errors: [{ code: 131060 }] });
    expect(last).toMatchObject({ type: "text", id: first?.id });
  });

  it("have a name for every episode", () => {
    const named = Object.entries(LIVE_PRESETS).filter(([name]) => name !== "everything");
    const lists = named.flatMap(([, list]) => [...list] as string[]);
    expect([...new Set(lists)].toSorted()).toEqual(Object.keys(EPISODES).toSorted());
  });
});
