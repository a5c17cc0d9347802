import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { ThreadOwners } from "../../src/durable/thread-owners.ts";
import type { HandoverFact, MessageFact, ThreadOwner } from "../../src/meta/facts.ts";

const SECOND = 1_000;
const START = Date.parse("2026-11-20T10:00:00Z");

function message(second: number, standby: boolean): MessageFact {
  return {
    kind: "message",
    key: `m:${second}:${standby}`,
    wamid: `wamid.${second}`,
    at: START + second * SECOND,
    direction: "inbound",
    origin: "customer",
    customer: {},
    type: "text",
    body: {},
    ...(standby ? { standby: true } : {}),
  };
}

function handover(second: number, owner: ThreadOwner): HandoverFact {
  const at = START + second * SECOND;
  return { kind: "handover", key: `h:${second}`, at, customer: {}, owner, detail: {} };
}

/** A second holds an ordinary item, a standby item, a handover, or several of them. */
const seconds = fc.array(
  fc.record({
    ordinary: fc.boolean(),
    standby: fc.boolean(),
    handover: fc.constantFrom<(ThreadOwner | null)[]>(null, null, "tandem", "other"),
  }),
  { minLength: 1, maxLength: 8 },
);

it("names the same owner in whatever order, and however often, the words about a thread come", async () => {
  const stub = env.PHONE.getByName("thread-owners");
  await runInDurableObject(stub, (_object, { storage }) => {
    const owners = new ThreadOwners(storage.sql);
    let customers = 0;
    fc.assert(
      fc.property(
        seconds.chain((story) => {
          const facts = story.flatMap((each, second) => [
            ...(each.ordinary ? [message(second, false)] : []),
            ...(each.standby ? [message(second, true)] : []),
            ...(each.handover === null ? [] : [handover(second, each.handover)]),
          ]);
          const shuffled = fc.shuffledSubarray([...facts, ...facts], {
            minLength: facts.length * 2,
          });
          return fc.tuple(fc.constant(facts), shuffled);
        }),
        ([facts, told]) => {
          customers += 1;
          const customer = `1555018${customers}`;
          const times = { generation: START, receivedAt: START + 3_600 * SECOND };
          for (const fact of told) owners.hear(fact, customer, times);
          const last = facts.at(-1);
          const expected =
            last === undefined
              ? "tandem"
              : last.kind === "handover"
                ? last.owner
                : last.standby === true
                  ? "other"
                  : "tandem";
          expect(owners.ownerOf(customer)).toBe(expected);
          expect(new ThreadOwners(storage.sql).ownerOf(customer)).toBe(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});
