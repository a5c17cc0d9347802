import { errorKind, log } from "../lib/log.ts";
import { listRequestIds } from "../lib/request-id.ts";
import { writePoint } from "../lib/metrics.ts";
import { sendPointers } from "../lib/send-pointers.ts";
import { FlushPause } from "./flush-pause.ts";
import { FLUSH_MAX_BYTES, FLUSH_MAX_FACTS, flushFacts } from "./flush.ts";
import { logTurns } from "./log-turns.ts";
import { ringEndpoints } from "./ring-endpoints.ts";
import type { LogFields } from "../lib/log.ts";
import type { MediaPointer } from "../queues/bodies.ts";
import type { Journal, JournalRow } from "./journal.ts";
import type { SenderConfig } from "./sender-state.ts";
import type { SettingsStore } from "./settings-store.ts";

const FLUSH_EVERY_MS = 250;
/** What comes together goes together: a send and its outcome, a webhook's neighbours. */
const FLUSH_GATHER_MS = 20;
/** A busy shard is asked as rarely as this. */
const FLUSH_MAX_PAUSE_MS = 2_000;
const RETRY_MAX_MS = 60_000;
/** Meta answers a send within this, or its echo is told as the owner's. */
const ECHO_DOUBT_MS = 5_000;
/** Facts of a number nobody claims wait as long as Meta retries, and a day more. */
export const WAIT_FOR_CONFIG_MS = 8 * 24 * 3_600_000;

interface Parts {
  env: Env;
  journal: Journal;
  settings: SettingsStore;
  /** The number, for what is put down of an unclaimed one. */
  number: () => string;
  config: () => SenderConfig | undefined;
  /** Keys of customers to whom a send of ours is on its way: its wamid is not known yet. */
  onTheirWay: () => ReadonlySet<string>;
  /** Makes sure that the object looks again at this instant (epoch ms). */
  wakeAt: (at: number) => void;
  /** D1 took a batch. */
  flushed: () => void;
}

/** What one flush writes. */
interface Batch {
  owner: SenderConfig;
  rows: JournalRow[];
  startedAt: number;
}

/** The moves to another shard that it waits for: of this sender, and of former ones. */
const PAUSED = "flushPausedFor";

/** A partner that held the number before, and the last journal row that is its. */
interface Former {
  config: SenderConfig;
  upTo: number;
}

/**
 * When the journal goes to D1: single flight, soon when idle, at most every 250 ms, slower while
 * the shard is busy or fails. Its failures are logged and tried again; nothing leaves the journal
 * before D1 has it.
 */
export class Flusher {
  readonly #parts: Parts;
  /** How many rows the flush under way takes out of the journal; 0 when it fails. */
  #running: Promise<number> | null = null;
  #lastAt = 0;
  /** Since when facts lie here that no flush has begun to write; epoch ms. */
  #waitingSince: number | null = null;
  /** Since when the journal was never seen empty; epoch ms. */
  #busySince: number | null = null;
  readonly #pause = new FlushPause(FLUSH_EVERY_MS, FLUSH_MAX_PAUSE_MS);
  #failures = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    // What this object, in an earlier life, could not write has not just begun to wait.
    if (parts.config() !== undefined) this.#busySince = parts.journal.oldestReceivedAt();
  }

  /** Flushes if a flush is due, or sees to it that one will be. */
  start(now: number): void {
    if (this.#parts.journal.size > 0) this.#busySince = Math.min(this.#busySince ?? now, now);
    if (this.#running !== null || this.#parts.journal.size === 0 || this.#isPaused) return;
    // A clock that was set back is no reason to wait.
    this.#waitingSince = Math.min(this.#waitingSince ?? now, now);
    this.#lastAt = Math.min(this.#lastAt, now);
    if (this.#dueAt() > now) this.#parts.wakeAt(this.#dueAt());
    else void this.#run(this.#flush()); // never rejects
  }

  /**
   * Since when the oldest fact waits for D1 (epoch ms); null unless that is longer than `ms`. What
   * lay elsewhere before, with nobody to claim it, did not wait for D1.
   */
  behindSince(now: number, ms: number): number | null {
    if (this.#busySince === null || now - this.#busySince <= ms) return null;
    const since = Math.max(this.#parts.journal.oldestReceivedAt() ?? now, this.#busySince);
    return now - since > ms ? since : null;
  }

  /**
   * Waits until D1 has everything.
   *
   * @returns false when a flush failed, nobody is configured, or an echo waits to be known
   */
  async drain(): Promise<boolean> {
    while (this.#parts.config() !== undefined && this.#parts.journal.size > 0) {
      if (this.#isPaused) break;
      const written = await (this.#running ?? this.#run(this.#flush()));
      if (written === 0) break;
    }
    return this.#parts.journal.size === 0;
  }

  /** Waits for the batch under way: what it took out of the journal is in D1 then, or is not. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** From now on nothing goes to D1; the journal takes facts in as before. */
  pause(move: string): void {
    this.#parts.settings.set(PAUSED, [...this.#otherMoves(move), move]);
  }

  /** Facts go to D1 again, unless another move goes on; those of this sender to this shard. */
  resume(move: string, senderKey: number, shard: string): void {
    const formers = this.#formers();
    if (formers.some(({ config }) => config.senderKey === senderKey)) {
      const moved = formers.map(({ config, upTo }) => ({
        config: config.senderKey === senderKey ? { ...config, shard } : config,
        upTo,
      }));
      this.#parts.settings.set("handedOver", moved);
    }
    if (this.#isPaused) this.#parts.settings.set(PAUSED, this.#otherMoves(move));
  }

  /** The moves that it waits for. */
  get pausedFor(): readonly string[] {
    return this.#parts.settings.get<string[]>(PAUSED) ?? [];
  }

  /** Where facts of a sender of this number go; null for one that it has none of. */
  shardOf(senderKey: number): string | null {
    const all = [this.#parts.config(), ...this.#formers().map(({ config }) => config)];
    return all.find((config) => config?.senderKey === senderKey)?.shard ?? null;
  }

  #otherMoves(move: string): string[] {
    return this.pausedFor.filter((other) => other !== move);
  }

  get #isPaused(): boolean {
    return this.pausedFor.length > 0;
  }

  /** The key of the sender that a journal row is told to; undefined where there is none. */
  ownerOf(n: number): number | undefined {
    const former = this.#formers().find(({ upTo }) => upTo >= n);
    return (former?.config ?? this.#parts.config())?.senderKey;
  }

  /** What the journal holds by now is told to the partner that gives the number up. */
  handOver(before: SenderConfig): void {
    const former = { config: { ...before, token: null }, upTo: this.#parts.journal.lastNumber };
    this.#parts.settings.set("handedOver", [...this.#formers(), former]);
  }

  /** A number that nobody claimed: what is older than 8 days moves to the unrouted items. */
  giveUpOld(now: number): void {
    if (this.#running === null) void this.#run(this.#giveUp(now - WAIT_FOR_CONFIG_MS));
  }

  #run(work: Promise<number>): Promise<number> {
    this.#running = work.finally(() => {
      this.#running = null;
      const isOwed = this.#parts.config() !== undefined && this.#parts.journal.size > 0;
      if (isOwed && !this.#isPaused) {
        this.#parts.wakeAt(this.#dueAt());
      }
    });
    return this.#running;
  }

  #dueAt(): number {
    if (this.#failures > 0) {
      return this.#lastAt + Math.min(1_000 * 2 ** this.#failures, RETRY_MAX_MS);
    }
    // Fuller than full a batch cannot get.
    const full = this.#parts.journal.size >= FLUSH_MAX_FACTS;
    const gathered = (this.#waitingSince ?? 0) + FLUSH_GATHER_MS;
    return Math.max(this.#lastAt + (full ? FLUSH_EVERY_MS : this.#pause.ms), gathered);
  }

  async #flush(): Promise<number> {
    const startedAt = Date.now();
    this.#lastAt = startedAt;
    this.#waitingSince = null;
    let line: LogFields = {};
    let batch: Batch | undefined;
    try {
      const { owner, rows } = this.#nextBatch();
      if (owner === undefined || rows.length === 0) return 0;
      const sender = owner.senderKey;
      line = { sender, ...listRequestIds(rows.map(({ requestId }) => requestId)) };
      batch = { owner, rows, startedAt };
      const { dead, wanted, told, written } = await flushFacts(this.#parts.env, owner, rows);
      this.#parts.journal.remove(rows);
      // Nothing waits for it: a partner's endpoints must not slow the next flush. Never rejects.
      if (told) void ringEndpoints(this.#parts.env, owner.partner, owner.shard);
      await sendPointers(this.#parts.env.MEDIA, pointersTo(wanted, sender, rows));
      this.#forgetFormers();
      this.#failures = 0;
      if (dead > 0) log.error("flush.dead_fact", { ...line, count: dead });
      const ms = Date.now() - startedAt;
      this.#pause.took(ms, rows.length);
      log.info("flush.done", { ...line, count: rows.length, ms });
      logTurns(sender, rows);
      this.#measure(dead > 0 ? "dead_fact" : "written", batch, written);
      if (this.#parts.journal.size === 0) this.#busySince = null;
      this.#parts.flushed();
      return rows.length;
    } catch (err) {
      this.#failures += 1;
      const attempts = this.#failures;
      log.warn("flush.failed", { ...line, attempts, error: errorKind(err) });
      if (batch !== undefined) this.#measure("failed", batch, 0);
      return 0;
    }
  }

  #measure(outcome: string, { owner, rows, startedAt }: Batch, written: number): void {
    const now = Date.now();
    const oldest = Math.min(...rows.map(({ receivedAt }) => receivedAt));
    const inbound = rows.filter(
      ({ fact, derived }) =>
        fact.kind === "message" && fact.origin === "customer" && !derived.historical,
    );
    writePoint(this.#parts.env.METRICS, "flush", owner.phoneNumberId, {
      outcome,
      partner: owner.partner,
      shard: owner.shard,
      facts: rows.length,
      inbound: inbound.length,
      lag_ms: now - oldest,
      ms: now - startedAt,
      rows: written,
      left: this.#parts.journal.size,
    });
  }

  /** The oldest facts, and whose they are: a batch never mixes two partners'. */
  #nextBatch(): { owner: SenderConfig | undefined; rows: JournalRow[] } {
    const rows = this.#withoutDoubt(this.#parts.journal.oldest(FLUSH_MAX_FACTS, FLUSH_MAX_BYTES));
    const first = rows[0]?.n ?? 0;
    const former = this.#formers().find(({ upTo }) => upTo >= first);
    return former === undefined
      ? { owner: this.#parts.config(), rows }
      : { owner: former.config, rows: rows.filter(({ n }) => n <= former.upTo) };
  }

  /**
   * Up to the first echo that may be of a send of ours which Meta has not answered yet: the answer
   * brings the wamid, and with it in the same batch the echo is known for what it is.
   */
  #withoutDoubt(rows: JournalRow[]): JournalRow[] {
    const from = Date.now() - ECHO_DOUBT_MS;
    const isFresh = ({ fact, derived, receivedAt }: JournalRow) =>
      fact.kind === "message" && fact.origin === "app" && !derived.historical && receivedAt > from;
    if (!rows.some(isFresh)) return rows;
    const theirs = this.#parts.onTheirWay();
    const settled = new Set(
      rows.map(({ fact }) => (fact.kind === "settled" ? fact.wamid : undefined)),
    );
    const doubted = rows.findIndex(
      (row) =>
        isFresh(row) &&
        theirs.has(row.derived.customer ?? "") &&
        !(row.fact.kind === "message" && settled.has(row.fact.wamid)),
    );
    return doubted < 0 ? rows : rows.slice(0, doubted);
  }

  #formers(): Former[] {
    return this.#parts.settings.get<Former[]>("handedOver") ?? [];
  }

  #forgetFormers(): void {
    const formers = this.#formers();
    const fence = this.#parts.settings.get<number>("fence") ?? 0;
    const left = formers.filter(({ upTo }) => upTo > fence);
    if (left.length < formers.length) this.#parts.settings.set("handedOver", left);
  }

  async #giveUp(receivedBefore: number): Promise<number> {
    const { env, journal } = this.#parts;
    try {
      const rows = journal
        .oldest(FLUSH_MAX_FACTS, FLUSH_MAX_BYTES)
        .filter((row) => row.receivedAt < receivedBefore);
      if (rows.length === 0) return 0;
      await env.DB.batch(
        rows.map(({ n, fact, receivedAt }) =>
          env.DB.prepare(
            `INSERT INTO unrouted (id, field, reason, raw, at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO NOTHING`,
          ).bind(
            `${this.#parts.number()}:${n}`,
            fact.kind,
            "unknown_number",
            JSON.stringify(fact),
            receivedAt,
          ),
        ),
      );
      // Claimed while we wrote: then the facts are told as well, and the rows are only a copy.
      if (this.#parts.config() === undefined) journal.remove(rows);
      return rows.length;
    } catch (err) {
      log.warn("flush.failed", { reason: "unknown_number", error: errorKind(err) });
      return 0;
    }
  }
}

/** Files to be fetched, each for whom its message came by. */
function pointersTo(wanted: string[], sender: number, rows: JournalRow[]): MediaPointer[] {
  const askedBy = new Map(
    rows.map(({ fact, requestId }) => [fact.kind === "message" ? fact.wamid : "", requestId]),
  );
  return wanted.map((wamid) => {
    const requestId = askedBy.get(wamid);
    return { sender, wamid, ...(requestId != null && { requestId }) };
  });
}
