import type { Refusal } from "./refusal.ts";

export const SYNC_LIMIT_MS = 24 * 60 * 60 * 1000;

export type SyncKind = "smb_app_state_sync" | "history";

/**
 * Each sync may be asked for once per onboarding and within 24 h of it (protocol.md 1.9).
 *
 * @param onboarding when it began (epoch ms) and which syncs it has spent
 * @param now simulated epoch ms
 * @returns 2593107 spent, 2593108 too late or never onboarded
 */
export function refuseSync(
  onboarding: { startedAt: number; spent: ReadonlySet<SyncKind> } | undefined,
  kind: SyncKind,
  now: number,
): Refusal | null {
  if (onboarding?.spent.has(kind)) {
    return {
      code: 2593107,
      details: `The ${kind} sync of this onboarding has been requested before`,
    };
  }
  if (!onboarding || now - onboarding.startedAt > SYNC_LIMIT_MS) {
    return { code: 2593108, details: "A sync can only be requested within 24 hours of onboarding" };
  }
  return null;
}
