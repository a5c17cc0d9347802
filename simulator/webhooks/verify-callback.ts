import type { World } from "../world.ts";

export type Verification = { ok: boolean; status: number | null; problem?: string };

/**
 * The `hub.*` handshake: GET with a challenge that must come back as it is (protocol.md 2.1). Done
 * when a callback is set, before it counts.
 */
export async function verifyCallback(
  world: World,
  url: string,
  verifyToken: string,
): Promise<Verification> {
  const challenge = world.random.digits(10);
  const target = new URL(url);
  target.searchParams.set("hub.mode", "subscribe");
  target.searchParams.set("hub.challenge", challenge);
  target.searchParams.set("hub.verify_token", verifyToken);
  try {
    const response = await fetch(target, {
      redirect: "manual",
      signal: AbortSignal.timeout(world.settings.webhookTimeoutMs),
    });
    const text = await response.text();
    if (response.status !== 200) {
      return { ok: false, status: response.status, problem: "the answer was not 200" };
    }
    return text === challenge
      ? { ok: true, status: 200 }
      : { ok: false, status: 200, problem: "the challenge did not come back as it was" };
  } catch (err) {
    return { ok: false, status: null, problem: String(err) };
  }
}
