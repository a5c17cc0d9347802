import { newId } from "../lib/ids.ts";
import { errorKind, log } from "../lib/log.ts";
import { standardSignature } from "../lib/sign-webhook.ts";
import { post } from "./endpoint-post.ts";
import type { AlarmLetter } from "../lib/alarms.ts";
import type { Posted } from "./endpoint-post.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Between the attempts of one post; the last goes on until it is taken. */
const PAUSES_MS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE];
/** A webhook that did not take one is left alone for so long, whatever else is due. */
const REST_MS = 5 * SECOND;
const AT_ONCE = 50;
/** A webhook that is down for days: the oldest are dropped, and the log says so. */
const OWED_MAX = 1_000;

/** Where alarms are posted, as the settings say it. */
export interface AlarmAddress {
  url: string;
  secret: string;
}

interface Post extends Record<string, SqlStorageValue> {
  n: number;
  id: string;
  alarm: string;
  letter: string;
  tries: number;
}

/**
 * Posts on their way to the operators' webhook: each is tried until it is taken, and those of one
 * alarm go in order.
 */
export class AlarmMail {
  readonly #sql: SqlStorage;
  readonly #address: () => AlarmAddress | null;
  readonly #taken: (alarm: string, at: number) => void;
  #delivering: Promise<void> | null = null;
  #restsUntil = 0;

  constructor(
    sql: SqlStorage,
    address: () => AlarmAddress | null,
    taken: (alarm: string, at: number) => void,
  ) {
    this.#sql = sql;
    this.#address = address;
    this.#taken = taken;
  }

  /** Owes the webhook a letter about an alarm; where none is set for now, the next one. */
  put(alarm: string, letter: AlarmLetter, now: number): void {
    this.#sql.exec(
      `INSERT INTO posts (id, alarm, letter, made_at, tries, next_at) VALUES (?, ?, ?, ?, 0, ?)`,
      newId("msg"),
      alarm,
      JSON.stringify(letter),
      now,
      now,
    );
    const dropped = this.#sql.exec(
      `DELETE FROM posts WHERE n <= (SELECT n FROM posts ORDER BY n DESC LIMIT 1 OFFSET ?)`,
      OWED_MAX,
    ).rowsWritten;
    if (dropped > 0) log.warn("alarm.not_told", { reason: "too_many", count: dropped });
  }

  /** Whether a letter about this alarm waits. */
  owes(alarm: string): boolean {
    return (
      this.#sql.exec(`SELECT 1 FROM posts WHERE alarm = ? LIMIT 1`, alarm).toArray().length > 0
    );
  }

  get owed(): number {
    const [row] = this.#sql
      .exec<{ count: number }>(`SELECT count(*) AS count FROM posts`)
      .toArray();
    return row?.count ?? 0;
  }

  /** When the next attempt is due (epoch ms); null where nothing is owed or nobody is told. */
  nextAt(): number | null {
    if (this.#address() === null) return null;
    const [row] = this.#sql
      .exec<{ at: number | null }>(`SELECT min(next_at) AS at FROM posts`)
      .toArray();
    return row?.at == null ? null : Math.max(row.at, this.#restsUntil);
  }

  get isDelivering(): boolean {
    return this.#delivering !== null;
  }

  /** Posts what is due, one after the other. Never rejects; a second call joins the first. */
  deliver(): Promise<void> {
    this.#delivering ??= this.#deliver()
      .catch((err: unknown) =>
        log.error("object.failed", { reason: "mail", error: errorKind(err) }),
      )
      .finally(() => {
        this.#delivering = null;
      });
    return this.#delivering;
  }

  /** Posts a letter now, beside what is owed; null where there is no webhook. */
  async tryOut(letter: AlarmLetter): Promise<Posted | null> {
    const address = this.#address();
    return address === null ? null : this.#post(address, newId("msg"), JSON.stringify(letter));
  }

  async #deliver(): Promise<void> {
    for (let made = 0; made < AT_ONCE; made++) {
      const address = this.#address();
      const now = Date.now();
      if (address === null || now < this.#restsUntil) return;
      const next = this.#next(now);
      if (next === null) return;
      const { failure } = await this.#post(address, next.id, next.letter);
      if (failure === null) {
        this.#sql.exec(`DELETE FROM posts WHERE n = ?`, next.n);
        this.#taken(next.alarm, Date.now());
        continue;
      }
      const tries = next.tries + 1;
      const pause = PAUSES_MS[Math.min(tries, PAUSES_MS.length) - 1] ?? MINUTE;
      this.#restsUntil = Date.now() + REST_MS;
      this.#sql.exec(
        `UPDATE posts SET tries = ?, next_at = ? WHERE n = ?`,
        tries,
        Date.now() + pause,
        next.n,
      );
      log.warn("alarm.not_told", { reason: failure, attempts: tries });
      return;
    }
  }

  #next(now: number): Post | null {
    const [row] = this.#sql
      .exec<Post>(
        `SELECT n, id, alarm, letter, tries FROM posts p WHERE next_at <= ? AND NOT EXISTS
           (SELECT 1 FROM posts q WHERE q.alarm = p.alarm AND q.n < p.n) ORDER BY n LIMIT 1`,
        now,
      )
      .toArray();
    return row ?? null;
  }

  #post({ url, secret }: AlarmAddress, id: string, body: string): Promise<Posted> {
    const timestamp = Math.floor(Date.now() / SECOND);
    const headers = {
      "content-type": "application/json",
      "user-agent": "Tandem/1",
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": standardSignature([secret], { id, timestamp, body }),
    };
    return post({ url, headers, body });
  }
}
