import { DurableObject } from "cloudflare:workers";
import { GATEWAY, SWEEPS_LATE_MS } from "../lib/alarms.ts";
import { writePoint } from "../lib/metrics.ts";
import { errorKind, log } from "../lib/log.ts";
import { Alarm } from "./alarm.ts";
import { AlarmBook } from "./alarm-book.ts";
import { AlarmMail } from "./alarm-mail.ts";
import { ALARM_TABLES } from "./alarm-tables.ts";
import { AlarmTallies } from "./alarm-tallies.ts";
import { SettingsStore } from "./settings-store.ts";
import { applyTables } from "./tables.ts";
import type { AlarmFinding, AlarmName, AlarmView } from "../lib/alarms.ts";
import type { AlarmAddress } from "./alarm-mail.ts";
import type { Tallied } from "./alarm-tallies.ts";
import type { Posted } from "./endpoint-post.ts";

const MINUTE = 60_000;
/** To note when they ran is a billed row. */
const NOTE_EVERY_MS = 5 * MINUTE;
/** What it was just asked to post is posted then, if it dies with it. */
const GUARD_MS = 30_000;

/** As src/env.ts has checked them. */
interface AlarmSettings {
  ALARM_URL?: string;
  ALARM_SECRET?: string;
}

/** When the sweeps reported last, and since when we wait for them (epoch ms). */
export interface Pulse {
  sweptAt: number | null;
  watchedSince: number;
}

/**
 * What operators must hear of. It has storage and alarms of its own and asks nothing of D1, so that
 * it can also tell that D1 is down. One object for the gateway; each call that changes nothing
 * writes nothing.
 */
export class Alarms extends DurableObject<Env> {
  readonly #settings: SettingsStore;
  readonly #book: AlarmBook;
  readonly #mail: AlarmMail;
  readonly #tallies: AlarmTallies;
  readonly #alarm: Alarm;
  #sweptAt: number | null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#alarm = new Alarm(ctx);
    applyTables(ctx.storage, ALARM_TABLES);
    const { sql } = ctx.storage;
    this.#settings = new SettingsStore(sql);
    this.#tallies = new AlarmTallies(this.#settings);
    this.#mail = new AlarmMail(
      sql,
      () => this.#address(),
      (id, at) => this.#book.taken(id, at),
    );
    this.#book = new AlarmBook({
      sql,
      mail: this.#mail,
      home: homeOf(env),
      measure: (change, alarm, subject, count) =>
        writePoint(env.METRICS, "alarm", subject, { change, alarm, count }),
    });
    if (this.#settings.get<number>("watchedSince") === undefined) {
      this.#settings.set("watchedSince", Date.now());
    }
    this.#sweptAt = this.#settings.get<number>("sweptAt") ?? null;
  }

  /** This is so. Told once, however often it is said. */
  raise(finding: AlarmFinding): void {
    this.#do((now) => this.#book.raise(finding, now));
  }

  /** This is over, if it ever was. */
  clear(alarm: AlarmName, subject: string): void {
    this.#do((now) => this.#book.clear(alarm, subject, now));
  }

  /**
   * The sweeps' report: they ran, and this is all they found of some kinds.
   *
   * @param readAt when they began to look (epoch ms)
   * @param unsure "alarm|subject" of which they do not know
   */
  report(
    kinds: AlarmName[],
    findings: AlarmFinding[],
    readAt: number,
    unsure: string[] = [],
  ): void {
    this.#do((now) => {
      this.#noteSweep(now);
      this.#book.clear("sweeps_stopped", GATEWAY, now);
      this.#book.settle(kinds, findings, { readAt, unsure }, now);
    });
  }

  /**
   * It happened so often since the caller said so last. An alarm where that is too many.
   *
   * @param accepted what the caller saw go well meanwhile
   */
  tally(alarm: Tallied, count: number, accepted: number): void {
    this.#do((now) => {
      const tally = this.#tallies.add(alarm, count, accepted, now);
      if (!tally.tooMany) return;
      const { from: since, count: total } = tally;
      const beside = alarm === "media_lost" ? "" : `, and ${tally.beside} accepted beside them`;
      const detail = `${total} since ${new Date(since).toISOString()}${beside}.`;
      this.#book.raise({ alarm, subject: GATEWAY, since, detail, count: total }, now);
    });
  }

  /** Open ones, the newest first, and those that are over. */
  list(): { open: AlarmView[]; recent: AlarmView[] } {
    return { open: this.#book.open(), recent: this.#book.recent() };
  }

  /** How many are open of each kind, and how many posts the webhook has not taken. */
  counts(): { open: Partial<Record<AlarmName, number>>; owed: number } {
    return { open: this.#book.counts(), owed: this.#mail.owed };
  }

  /** Ends an open alarm's repeats; null where there is none with this id. */
  acknowledge(id: string, operator: string): AlarmView | null {
    return this.#book.acknowledge(id, operator, Date.now());
  }

  /** Posts a test alarm and says what came of it; null where ALARM_URL is not set. */
  tryOut(operator: string): Promise<Posted | null> {
    const home = homeOf(this.env);
    const since = new Date().toISOString();
    const detail = `${operator} asked for it.`;
    return this.#mail.tryOut({
      type: "alarm.test",
      id: "alarm_test",
      alarm: "test",
      subject: GATEWAY,
      since,
      told: 1,
      title: "A test",
      detail,
      what_to_do: "Nothing: alarms reach you.",
      link: `${home}/console`,
      text: `Test of Tandem's alarms: ${detail} ${home}/console`,
    });
  }

  /** Whether the sweeps run. */
  pulse(): Pulse {
    this.#wake(Date.now()); // whoever asks makes sure that somebody watches
    return { sweptAt: this.#sweptAt, watchedSince: this.#watchedSince };
  }

  /** May come twice, late, or beside other calls; never throws, or it is retried six times and dropped. */
  override async alarm(): Promise<void> {
    this.#alarm.isOver();
    try {
      this.#do((now) => {
        this.#watchSweeps(now);
        for (const alarm of this.#tallies.end(now)) this.#book.clear(alarm, GATEWAY, now);
        this.#book.openLasting(now);
        this.#book.prune(now);
      });
      await this.#mail.deliver();
    } catch (err) {
      log.error("object.failed", { reason: "alarms", error: errorKind(err) });
    }
    this.#wake(Date.now());
  }

  /** One step, all of it or nothing; then the mail goes out. */
  #do(step: (now: number) => void): void {
    const now = Date.now();
    try {
      this.ctx.storage.transactionSync(() => {
        step(now);
        if (this.#address() !== null) this.#book.tellDue(now);
      });
    } catch (err) {
      this.#settings.reread();
      throw err;
    }
    void this.#mail.deliver().then(() => this.#wake(Date.now())); // never rejects
    this.#wake(now);
  }

  #noteSweep(now: number): void {
    this.#sweptAt = now;
    const noted = this.#settings.get<number>("sweptAt") ?? 0;
    if (Math.abs(now - noted) >= NOTE_EVERY_MS) this.#settings.set("sweptAt", now);
  }

  /** The sweeps cannot say of themselves that they do not run. */
  #watchSweeps(now: number): void {
    const since = this.#sweptAt ?? this.#watchedSince;
    if (now - since < SWEEPS_LATE_MS) return;
    const detail =
      this.#sweptAt === null ? "They never ran." : "They ran before, and then no more.";
    this.#book.raise({ alarm: "sweeps_stopped", subject: GATEWAY, since, detail }, now);
  }

  get #watchedSince(): number {
    return this.#settings.get<number>("watchedSince") ?? Date.now();
  }

  #wake(now: number): void {
    const sweepsLateAt = (this.#sweptAt ?? this.#watchedSince) + SWEEPS_LATE_MS;
    const mailAt = this.#mail.nextAt();
    const times = [
      // Once they are late, that is told; a look now and then goes on.
      sweepsLateAt > now ? sweepsLateAt : now + SWEEPS_LATE_MS,
      // What is being posted needs the alarm only if this object dies with it.
      mailAt !== null && this.#mail.isDelivering ? Math.max(mailAt, now + GUARD_MS) : mailAt,
      this.#book.nextAt(this.#address() !== null),
      this.#tallies.nextAt(),
    ].filter((at) => at !== null);
    this.#alarm.setFor(Math.max(Math.min(...times), now + 1));
  }

  /** Read each time: a deploy may have changed it. */
  #address(): AlarmAddress | null {
    const { ALARM_URL: url, ALARM_SECRET: secret }: AlarmSettings = this.env;
    return !url || secret === undefined ? null : { url, secret };
  }
}

/** Where our pages are, without the last slash. */
function homeOf(env: Env): string {
  return env.PUBLIC_URL.replace(/\/$/, "");
}
