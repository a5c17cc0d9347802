/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, it } from "vitest";
import { ERROR_MEANINGS, nameOfError } from "../../src/meta/graph-error-meanings.ts";
import {
  ERROR_CATALOGUE,
  findError,
  judgeSendError,
  judgeStatusErrors,
} from "../../src/meta/graph-errors.ts";
import type { CatalogueEntry, Retry } from "../../src/meta/graph-errors.ts";

/*
 * The dossier lies beside the checkout, not in it; without it the comparison is skipped, by name.
 */
const [DOSSIER = ""] = Object.values(
  import.meta.glob<string>("../../../shared/protocol.md", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
);

interface Listed {
  /** One code, or a range of them. */
  codes: [from: number, to: number];
  /** What the dossier says to do: R soon, L later, N never, A alarm. */
  acts: string[];
}

/** The rows of protocol.md 3.6, code by code. */
function listDossier(): Listed[] {
  const table = DOSSIER.split("## 3.6 ")[1]?.split("\n## ")[0] ?? "";
  return table.split("\n").flatMap((line) => {
    const [, first = "", , act = ""] = line.split("|");
    const named = first.replaceAll(/\([^)]*\)/g, "").match(/\d+(–\d+)?/g) ?? [];
    return named.map((name): Listed => {
      const [from = 0, to = from] = name.split("–").map(Number);
      return { codes: [from, to], acts: act.match(/\b[RLNA]\b/g) ?? [] };
    });
  });
}

const LETTERS: Record<Retry, string> = { no: "N", soon: "R", later: "L", after_change: "A" };

/** How the dossier would put an entry: what stops a number is an alarm, however it ends. */
function lettersOf({ retry, effect }: CatalogueEntry): string[] {
  const alarms = effect.startsWith("block_") || effect === "verify_access";
  return alarms ? [LETTERS[retry], "A"] : [LETTERS[retry]];
}

describe.skipIf(DOSSIER === "")(
  "the catalogue beside protocol.md 3.6 (skipped where /work/shared is not there)",
  () => {
    it("has every code of it, and none besides", () => {
      const listed = listDossier().map(({ codes }) => codes.join("–"));
      expect(listed.length).toBeGreaterThan(60);
      const own = ERROR_CATALOGUE.filter((entry) => entry.subcode === undefined).map(
        (entry) => `${entry.code}–${entry.to ?? entry.code}`,
      );
      expect(own.toSorted()).toEqual(listed.toSorted());
    });

    it("says of each what the dossier says is to be done", () => {
      for (const { codes, acts } of listDossier()) {
        if (acts.length === 0) continue; // comes inbound only
        const entry = findError(codes[0]);
        const letters = entry === undefined ? [] : lettersOf(entry);
        expect([codes[0], acts.some((act) => letters.includes(act))]).toEqual([codes[0], true]);
      }
    });
  },
);

const judge = (status: number, code: number, extra: Record<string, unknown> = {}) =>
  judgeSendError(status, { code, message: "synthetic", ...extra });

describe("the catalogue of Meta's errors", () => {
  it("names each code once, and says of each what it means and what to do", () => {
    const names = ERROR_CATALOGUE.map(nameOfError);
    expect(new Set(names).size).toBe(names.length);
    expect(Object.keys(ERROR_MEANINGS).toSorted()).toEqual(names.toSorted());
    for (const entry of ERROR_CATALOGUE) {
      expect(ERROR_MEANINGS[nameOfError(entry)]).toMatch(/^[A-Z].*\.$/);
      expect(entry.act).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("tells lost access (100/33) apart from a wrong parameter (100)", () => {
    expect(findError(100, 33)).toMatchObject({ effect: "verify_access", category: "access" });
    expect(findError(100)).toMatchObject({ effect: "none", category: "parameter" });
    expect(findError(100, 2_494_010)).toMatchObject({ effect: "none" });
  });

  it("knows the whole range of missing permissions, and nothing beside it", () => {
    for (const code of [200, 215, 299]) {
      expect(findError(code)).toMatchObject({ effect: "block_token", category: "access" });
    }
    expect(findError(199)).toBeUndefined();
    expect(findError(300)).toBeUndefined();
    expect(findError(undefined)).toBeUndefined();
  });

  it("retries by itself only what is about pace, and only then slows somebody down", () => {
    for (const entry of ERROR_CATALOGUE) {
      const slows = entry.verdict === "number_too_fast" || entry.verdict === "customer_too_fast";
      if (slows) expect(["soon", "later"]).toContain(entry.retry);
      if (slows) expect(entry.effect).toBe("none");
    }
    const of = (verdict: string) =>
      ERROR_CATALOGUE.filter((entry) => entry.verdict === verdict).map(({ code }) => code);
    expect(of("customer_too_fast")).toEqual([131056]);
    expect(of("number_too_fast")).toEqual([4, 80007, 130429, 131057, 133004]);
  });

  it("calls for a change by a person wherever it blocks a number, but for what lifts by itself", () => {
    for (const entry of ERROR_CATALOGUE.filter(({ effect }) => effect.startsWith("block_"))) {
      expect([entry.code, entry.retry]).toEqual([
        entry.code,
        entry.code === 131064 ? "later" : "after_change",
      ]);
    }
  });
});

describe("the verdict about a send", () => {
  it.each([1, 2, 131000, 131016, 999_999])(
    "invariant 5: of a 5xx with %i is unknown: Meta may have taken it",
    (code) => {
      for (const status of [500, 502, 503, 504]) {
        expect(judge(status, code)).toEqual({ verdict: "unknown", effect: "none" });
      }
    },
  );

  it("invariant 5: of a 5xx without any code is unknown", () => {
    expect(judgeSendError(500, {})).toEqual({ verdict: "unknown", effect: "none" });
    expect(judgeSendError(503, { code: "nonsense" })).toEqual({
      verdict: "unknown",
      effect: "none",
    });
  });

  it.each([1, 131000, 131016, 999_999])("of a 4xx with %i is refused", (code) => {
    expect(judge(400, code)).toEqual({ verdict: "refused", effect: "none" });
  });

  it.each([
    [500, 3, "refused", "block_token"],
    [500, 131045, "refused", "block_restricted"],
    [500, 131057, "number_too_fast", "none"],
    [503, 133004, "number_too_fast", "none"],
    [500, 133000, "refused", "none"],
    [500, 131056, "customer_too_fast", "none"],
    [500, 131047, "refused", "close_window"],
  ])("of a %i with %i, which names a refusal, is certain", (status, code, verdict, effect) => {
    expect(judge(status, code)).toEqual({ verdict, effect });
  });

  it.each([
    [400, 131026, "refused", "none"],
    [400, 131047, "refused", "close_window"],
    [400, 130429, "number_too_fast", "none"],
    [400, 131056, "customer_too_fast", "none"],
    [401, 190, "refused", "block_token"],
    [401, 0, "refused", "block_token"],
    [403, 10, "refused", "block_token"],
    [403, 131005, "refused", "block_token"],
    [403, 131031, "refused", "block_restricted"],
    [400, 368, "refused", "block_restricted"],
    [400, 33, "refused", "verify_access"],
    [403, 130497, "refused", "none"],
  ])("of a %i with %i", (status, code, verdict, effect) => {
    expect(judge(status, code)).toEqual({ verdict, effect });
  });

  it("reads codes that come as text", () => {
    expect(judgeSendError(400, { code: "131056" })).toMatchObject({ verdict: "customer_too_fast" });
    expect(judgeSendError(400, { code: "100", error_subcode: "33" })).toMatchObject({
      effect: "verify_access",
    });
  });

  it.each([
    ["Set the time zone of the account", "block_timezone"],
    ["The account has no timezone", "block_timezone"],
    ["No payment method", "block_payment"],
    ["", "block_payment"],
  ])("of 131042 follows its details: %j", (details, effect) => {
    expect(judge(400, 131042, { error_data: { details } })).toMatchObject({ effect });
  });

  it("of 131042 without details is about payment", () => {
    expect(judge(400, 131042)).toEqual({ verdict: "refused", effect: "block_payment" });
  });
});

describe("the errors of a failed status", () => {
  it("mean the same for the sender as when they answer a send", () => {
    expect(judgeStatusErrors([{ code: 131042 }])).toEqual({
      effect: "block_payment",
      code: 131042,
    });
    expect(judgeStatusErrors([{ code: 131026 }, { code: 131031 }])).toEqual({
      effect: "block_restricted",
      code: 131031,
    });
    expect(judgeStatusErrors([{ code: 131047 }])).toEqual({ effect: "close_window", code: 131047 });
  });

  it("say nothing of the sender where they are about one message, or are none", () => {
    for (const errors of [[{ code: 131026 }], [{ code: 999_999 }], [], undefined, "x", [null]]) {
      expect(judgeStatusErrors(errors)).toBeUndefined();
    }
  });
});
