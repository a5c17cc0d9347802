import { describe, expect, it } from "vitest";
import { afterFailure, probeWaitMs } from "../../src/durable/endpoint-schedule.ts";
import { hubSignature, standardSignature } from "../../src/lib/sign-webhook.ts";
import { MINUTE, SECOND } from "../support/endpoints.ts";
import { HOUR } from "../support/storage.ts";

describe("the schedule", () => {
  it("is 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h, and the first retry alone is waited for", () => {
    const steps = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => afterFailure(failures, 1, 0.5));
    expect(steps.map(({ waitMs }) => waitMs && Math.round(waitMs))).toEqual([
      5 * SECOND,
      5 * MINUTE,
      30 * MINUTE,
      2 * HOUR,
      5 * HOUR,
      10 * HOUR,
      10 * HOUR,
      null,
    ]);
    expect(steps.map(({ state }) => state)).toEqual([
      "waiting",
      ...Array<string>(6).fill("retrying"),
      "failed",
    ]);
  });

  it("varies by a tenth each way, and runs faster by the scale", () => {
    expect(afterFailure(1, 1, 0).waitMs).toBeCloseTo(4_500);
    expect(afterFailure(1, 1, 1).waitMs).toBeCloseTo(5_500);
    expect(afterFailure(7, 1_000, 0.5).waitMs).toBeCloseTo(36 * SECOND);
  });

  it("tries an endpoint that is down after 5 s, 30 s, 1, 2, and then every 5 minutes", () => {
    const waits = [0, 1, 2, 3, 4, 5, 100].map((probes) => probeWaitMs(probes, 1) / SECOND);
    expect(waits).toEqual([5, 30, 60, 120, 300, 300, 300]);
    expect(probeWaitMs(4, 300)).toBe(SECOND);
  });
});

describe("a signature", () => {
  it("is the one that the Standard Webhooks specification prints for its example", () => {
    const signed = standardSignature(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], {
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestamp: 1614265330,
      body: '{"test": 2432232314}',
    });
    expect(signed).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  it("in Meta's way is keyed with the secret's text", () => {
    expect(hubSignature("Jefe", "what do ya want for nothing?")).toBe(
      "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", // RFC 4231, case 2
    );
  });
});
