import {
  countDeadLettersBySource,
  listGivenUpEndpoints,
  listStalledSyncs,
  oldestDueMedia,
} from "../database/read-troubles.ts";
import { readSize } from "../database/read-size.ts";
import { findSenderByKey } from "../database/senders.ts";
import { countOnboarded } from "../database/signup-sessions.ts";
import { GATEWAY } from "../lib/alarms.ts";
import { errorKind, log } from "../lib/log.ts";
import { arrivalOfKey, OVERFLOW } from "./archive-keys.ts";
import { raiseAlarm } from "./raise-alarm.ts";
import { leaveOutGivenUp } from "./sweep-overflow.ts";
import type { AlarmFinding, AlarmName } from "../lib/alarms.ts";
import type { Services } from "../services.ts";

/** Where a D1 database ends (platform.md 1.4), and from which share on somebody is told. */
export const SHARD_MAX_BYTES = 10_000_000_000;
const SHARD_FULL = 0.7;
const QUOTA_NEAR = 0.8;
const WEEK_MS = 7 * 24 * 3_600_000;
const MEDIA_LATE_MS = 2 * 3_600_000;
const OVERFLOW_LATE_MS = 15 * 60_000;
/** Of a kind: what is above is told as one (durable/alarm-book.ts), and is not counted out. */
const AT_ONCE = 100;

/** What a look found of some kinds. `whole`: there is no more of them, so what is missing is over. */
interface Look {
  kinds: AlarmName[];
  findings: AlarmFinding[];
  whole: boolean;
}

/**
 * Tells operators what the sweeps see: what D1, the archive and the sweeps themselves say is wrong,
 * and that they run at all. What cannot be looked at now stays as it was said. Never rejects.
 *
 * @param failed the sweeps that failed just now
 * @param unsure sweeps of which that is not known: they go on, here or in another call
 * @param maxBytes where a database counts as full; for tests, whose databases are small
 * @returns whether a database is down
 */
export async function reportAlarms(
  services: Services,
  failed: readonly string[],
  unsure: readonly string[] = [],
  maxBytes = SHARD_MAX_BYTES,
): Promise<boolean> {
  const readAt = services.now();
  const looks = await Promise.all([
    lookAtStores(services, maxBytes),
    ...[
      lookAtDeadLetters,
      lookAtSyncs,
      lookAtEndpoints,
      lookAtQuota,
      lookAtMedia,
      lookAtOverflow,
    ].map(
      (look) => look(services).catch(unseen), // its database is down, which is told; or R2 is
    ),
  ]);
  const found = looks.filter((look) => look !== null);
  const isDown = found.some(({ findings }) =>
    findings.some(({ alarm }) => alarm === "database_down"),
  );
  // Without a database most of them fail: that is one thing, and told as it.
  found.push(isDown ? unknownOf("sweep_failing") : ofSweeps(failed, readAt));
  try {
    await services.alarms().report(
      found.flatMap(({ kinds, whole }) => (whole ? kinds : [])),
      found.flatMap(({ findings }) => findings),
      readAt,
      unsure.map((sweep) => `sweep_failing|${sweep}`),
    );
  } catch (err) {
    log.error("alarm.not_raised", { reason: "report", error: errorKind(err) });
  }
  return isDown;
}

/** How a sweep ended that was under way at the report. Never rejects. */
export async function reportSweep(
  services: Services,
  sweep: string,
  isFailed: boolean,
): Promise<void> {
  if (isFailed) return raiseAlarm(services, failing(sweep, services.now()));
  try {
    await services.alarms().clear("sweep_failing", sweep);
  } catch (err) {
    const about = { alarm: "sweep_failing", subject: sweep };
    log.error("alarm.not_raised", { ...about, error: errorKind(err) });
  }
}

/** What nobody can look at raises nothing and ends nothing. */
function unseen(err: unknown): null {
  log.warn("object.unanswered", { reason: "alarms", error: errorKind(err) });
  return null;
}

async function lookAtStores(services: Services, maxBytes: number): Promise<Look> {
  const now = services.now();
  const findings: AlarmFinding[] = [];
  let whole = true;
  await Promise.all(
    services.shards.map(async (shard) => {
      try {
        const bytes = await readSize(services.shard(shard));
        if (bytes < SHARD_FULL * maxBytes) return;
        const percent = Math.floor((100 * bytes) / maxBytes);
        findings.push({
          alarm: "shard_full",
          subject: shard,
          since: now,
          detail: `${shard} has ${(bytes / 1e9).toFixed(1)} GB, ${percent} % of what D1 holds.`,
          count: percent,
        });
      } catch (err) {
        whole = false; // its size is not known
        findings.push({
          alarm: "database_down",
          subject: shard,
          since: now,
          detail: `${shard} answers ${errorKind(err)}.`,
        });
      }
    }),
  );
  // Which databases answer is known either way; so the sizes alone may be missing.
  return whole
    ? { kinds: ["database_down", "shard_full"], findings, whole }
    : { kinds: ["database_down"], findings, whole: true };
}

async function lookAtDeadLetters(services: Services): Promise<Look> {
  const sources = await countDeadLettersBySource(services.registry);
  const findings = sources.map(({ source, count, since }): AlarmFinding => {
    const detail = `${count} ${count === 1 ? "letter" : "letters"} from ${source}.`;
    return {
      alarm: "dead_letters",
      subject: source,
      since,
      detail,
      count,
      path: "/console/left-over",
    };
  });
  return { kinds: ["dead_letters"], findings, whole: true };
}

async function lookAtSyncs(services: Services): Promise<Look> {
  const findings: AlarmFinding[] = [];
  let whole = true;
  for (const shard of services.shards) {
    const stalled = await listStalledSyncs(services.shard(shard), AT_ONCE);
    if (stalled.length === AT_ONCE) whole = false;
    for (const { sender: key, generation, since } of stalled) {
      const sender = await findSenderByKey(services.registry, key);
      if (sender === null || sender.generation !== generation) continue;
      findings.push({
        alarm: "sync_stalled",
        subject: sender.phoneNumberId,
        since,
        detail: "Nothing came of its history for too long, or something is missing in it.",
        path: `/console/senders/${key}`,
      });
    }
  }
  return { kinds: ["sync_stalled"], findings, whole };
}

async function lookAtEndpoints(services: Services): Promise<Look> {
  const givenUp = await listGivenUpEndpoints(services.registry, AT_ONCE);
  const findings = givenUp.map(({ id, partner, reason, since }): AlarmFinding => {
    const detail =
      reason === "gone" ? "It answered 410 Gone." : "Nothing got through to it for days.";
    const path = `/console/partners/${partner}/endpoints`;
    return { alarm: "endpoint_disabled", subject: id, since, detail, path };
  });
  return { kinds: ["endpoint_disabled"], findings, whole: givenUp.length < AT_ONCE };
}

async function lookAtQuota(services: Services): Promise<Look> {
  const { ONBOARDING_QUOTA: quota } = services.settings;
  const now = services.now();
  const count = await countOnboarded(services.registry, now - WEEK_MS);
  const detail = `${count} of ${quota} signups in seven days.`;
  const path = "/console/signups";
  const about = { alarm: "onboarding_quota", subject: GATEWAY } as const;
  const near: AlarmFinding = { ...about, since: now, detail, count, path };
  const findings = count >= QUOTA_NEAR * quota ? [near] : [];
  return { kinds: ["onboarding_quota"], findings, whole: true };
}

async function lookAtMedia(services: Services): Promise<Look> {
  const before = services.now() - MEDIA_LATE_MS;
  const due = await Promise.all(
    services.shards.map(async (shard) => ({
      shard,
      at: await oldestDueMedia(services.shard(shard)),
    })),
  );
  const findings = due.flatMap(({ shard, at }): AlarmFinding[] => {
    if (at === null || at > before) return [];
    const detail = `The oldest file of ${shard} is overdue for more than two hours.`;
    return [{ alarm: "media_late", subject: shard, since: at, detail }];
  });
  return { kinds: ["media_late"], findings, whole: true };
}

async function lookAtOverflow(services: Services): Promise<Look> {
  const { objects } = await services.archive.list({ prefix: OVERFLOW, limit: AT_ONCE }); // by arrival
  const keys = objects.map(({ key }) => key);
  // What is handed over no more is a dead letter, which is told.
  const [oldest] = await leaveOutGivenUp(services, keys);
  const since = oldest === undefined ? null : arrivalOfKey(oldest);
  const isLate = since !== null && since < services.now() - OVERFLOW_LATE_MS;
  const detail = "Facts of webhooks wait in the archive for their numbers' objects.";
  const late = isLate ? [{ alarm: "overflow_late" as const, subject: GATEWAY, since, detail }] : [];
  return { kinds: ["overflow_late"], findings: late, whole: true };
}

function ofSweeps(failed: readonly string[], now: number): Look {
  const findings = failed.map((sweep) => failing(sweep, now));
  return { kinds: ["sweep_failing"], findings, whole: true };
}

function failing(sweep: string, since: number): AlarmFinding {
  const detail = "It failed in each of the last runs, or came to no end.";
  return { alarm: "sweep_failing", subject: sweep, since, detail };
}

/** What cannot be said of a kind now. */
function unknownOf(kind: AlarmName): Look {
  return { kinds: [kind], findings: [], whole: false };
}
