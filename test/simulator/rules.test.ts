import { describe, expect, it } from "vitest";
import { admitToPair } from "../../simulator/rules/pair-rate.ts";
import type { Pair } from "../../simulator/rules/pair-rate.ts";
import { Throughput } from "../../simulator/rules/throughput.ts";
import { nextAttemptIn } from "../../simulator/rules/webhook-retry.ts";
import { signatureOf } from "../../simulator/webhooks/serialize.ts";

describe("throughput", () => {
  it("has room again once the first of the 20 is 950 ms old, not before", () => {
    const throughput = new Throughput(20, 950);
    for (let i = 0; i < 20; i++) expect(throughput.admit(i * 10)).toBeNull();
    expect(throughput.admit(949)).toMatchObject({ code: 130429 });
    expect(throughput.admit(950)).toBeNull();
    expect(throughput.admit(951)).toMatchObject({ code: 130429 });
  });

  it("never refuses an even 20 a second", () => {
    const throughput = new Throughput(20, 950);
    for (let i = 0; i < 400; i++) expect(throughput.admit(i * 50)).toBeNull();
  });
});

describe("pair rate", () => {
  const run = (instants: number[]) => {
    let pair: Pair | undefined;
    return instants.map((at) => {
      const admission = admitToPair(pair, at, 0);
      if (admission.ok) pair = admission.pair;
      return admission.ok;
    });
  };

  it("lets one in 6 seconds pass for ever", () => {
    expect(run([0, 6_000, 12_000, 18_000])).toEqual([true, true, true, true]);
  });

  it("makes a burst of 20 wait two minutes from its start", () => {
    const burst = Array.from({ length: 20 }, (_, i) => i * 100);
    expect(run([...burst, 7_000, 119_999, 120_000]).slice(20)).toEqual([false, false, true]);
  });
});

it("retries at once, then less and less often, and not beyond 7 days", () => {
  expect(nextAttemptIn(1, 0)).toBe(0);
  const waits = Array.from({ length: 12 }, (_, i) => nextAttemptIn(i + 1, 0) ?? Infinity);
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  expect(nextAttemptIn(20, 7 * 24 * 3_600_000)).toBeNull();
});

it("signs as in the dossier's vectors", () => {
  const body = Buffer.from('{"object":"whatsapp_business_account","entry":[]}');
  expect(signatureOf(body, "synthetic-secret")).toBe(
    "sha256=f8c3a21d1fc64f7f777f45c1934121e4ac18b01753a12efd6a77c5ffb17d7d86",
  );
});
