import { MultiBar, Presets } from "cli-progress";
import type { Business } from "../../simulator/simulator.ts";
import type { World } from "./world.ts";

interface Sync {
  contacts: { state: string; count: number | null };
  history: {
    state: string;
    phases: { pages: number; pages_stored: number; messages: number; progress: number }[];
  };
}

const POLL_MS = 250;
/** After so long without any change an import is not coming to its end. */
const STUCK_MS = 120_000;

/**
 * Shows the import until history and contacts are complete.
 *
 * @throws Error when nothing moves any more
 */
export async function watchImport(
  world: World,
  business: Business,
  expected: { messages: number; contacts: number },
): Promise<void> {
  const bars = new MultiBar(
    {
      format: "  {name} [{bar}] {percentage}% | {value}/{total} | {state}",
      hideCursor: true,
      clearOnComplete: false,
      noTTYOutput: true,
      notTTYSchedule: 2_000,
    },
    Presets.shades_classic,
  );
  const history = bars.create(expected.messages, 0, { name: "history ", state: "requested" });
  const contacts = bars.create(expected.contacts, 0, { name: "contacts", state: "requested" });
  let last = "";
  let movedAt = Date.now();
  try {
    for (;;) {
      const sync = await world.partner.get<Sync>(`/v1/senders/${business.phoneNumberId}/sync`);
      // By stored pages: what a phase brought, as far as its pages are in the database.
      const stored = sync.history.phases.reduce(
        (sum, phase) =>
          sum + Math.round((phase.messages * phase.pages_stored) / Math.max(1, phase.pages)),
        0,
      );
      history.update(Math.min(stored, expected.messages), { state: sync.history.state });
      contacts.update(sync.contacts.count ?? 0, { state: sync.contacts.state });
      if (sync.history.state === "complete" && sync.contacts.state === "complete") {
        contacts.setTotal(sync.contacts.count ?? 0); // one was removed again by the owner
        return;
      }
      const now = JSON.stringify(sync);
      if (now !== last) movedAt = Date.now();
      last = now;
      if (Date.now() - movedAt > STUCK_MS) {
        throw new Error(
          `The import does not move: history ${sync.history.state}, contacts ${sync.contacts.state}.`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    bars.stop();
  }
}
