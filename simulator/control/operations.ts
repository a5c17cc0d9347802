import type { Delivery } from "../webhooks/webhook-queue.ts";
import type { Verification } from "../webhooks/verify-callback.ts";
import { verifyCallback } from "../webhooks/verify-callback.ts";
import type { World } from "../world.ts";
import { WEBHOOK_FIELDS } from "../world.ts";

/** What both the programmatic object and the control API offer beyond the live functions. */

export function setWebhookUrl(
  world: World,
  {
    url,
    verifyToken,
    fields,
  }: { url: string | undefined; verifyToken?: string; fields?: string[] },
): void {
  world.app.callbackUrl = url;
  world.app.fields = new Set(fields ?? WEBHOOK_FIELDS);
  if (verifyToken !== undefined) world.settings.verifyToken = verifyToken;
}

export async function verifyWebhook(world: World): Promise<Verification> {
  const { callbackUrl } = world.app;
  const { verifyToken } = world.settings;
  if (!callbackUrl || !verifyToken) throw new Error("set a webhook URL and a verify token first");
  return await verifyCallback(world, callbackUrl, verifyToken);
}

/** Signs exactly these bytes and delivers them to the app's callback, with the usual retries. */
export function deliver(world: World, body: string | Uint8Array): Delivery {
  const bytes = typeof body === "string" ? Buffer.from(body) : Buffer.from(body);
  return world.webhooks.add(fieldOf(bytes), bytes, () => world.app.callbackUrl);
}

/** Under which name the ledger counts it: the first change's field, if it has one. */
function fieldOf(bytes: Buffer): string {
  const found = /"field"\s*:\s*"(\w+)"/.exec(
    bytes.toString("latin1", Math.max(0, bytes.length - 4_096)),
  );
  return found?.[1] ?? "unknown";
}

const LOOK_EVERY_MS = 10;

/** Waits until no webhook is pending and nothing is under way that would make one. */
export async function idle(world: World, timeoutMs = 30_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (world.webhooks.pending > 0 || world.openRuns > 0) {
    if (performance.now() > deadline) {
      const open = `${world.webhooks.pending} webhooks and ${world.openRuns} runs`;
      throw new Error(`still busy after ${timeoutMs} ms: ${open}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
