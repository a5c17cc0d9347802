import { ALARMS } from "../lib/alarms.ts";
import { newId } from "../lib/ids.ts";
import { log } from "../lib/log.ts";
import type { AlarmFinding, AlarmLetter, AlarmName, AlarmView } from "../lib/alarms.ts";
import type { AlarmMail } from "./alarm-mail.ts";

const HOUR = 3_600_000;
/** One that lasts is told again so often, until it is acknowledged. */
const REPEAT_MS = 4 * HOUR;
/** Of one kind: more are told as one, or a database that is down would page for each number. */
const TOLD_EACH = 20;
const OTHERS = "others";
/** What an object raises comes to D1 a little later: a look that does not see it yet ends nothing. */
const SETTLING_MS = 60_000;
const KEPT_MS = 30 * 24 * HOUR;
const KEPT_MAX = 500;
const OPEN_SHOWN = 1_000;
const RECENT_SHOWN = 50;

interface Row extends Record<string, SqlStorageValue> {
  n: number;
  id: string;
  alarm: string;
  subject: string;
  state: "pending" | "open" | "cleared";
  since: number;
  detail: string;
  path: string;
  count: number;
  folded: number;
  foundAt: number;
  raisedAt: number | null;
  tellAt: number | null;
  told: number;
  toldCount: number;
  takenAt: number | null;
  acknowledgedBy: string | null;
  acknowledgedAt: number | null;
  clearedAt: number | null;
}

const COLUMNS = `n, id, alarm, subject, state, since, detail, path, count, folded,
  found_at AS foundAt, raised_at AS raisedAt, tell_at AS tellAt, told, told_count AS toldCount,
  taken_at AS takenAt, acknowledged_by AS acknowledgedBy, acknowledged_at AS acknowledgedAt,
  cleared_at AS clearedAt`;

interface Parts {
  sql: SqlStorage;
  mail: AlarmMail;
  /** Where our pages are, for links. */
  home: string;
  /** Writes a point. */
  measure: (change: "raised" | "cleared", alarm: string, subject: string, count: number) => void;
}

/**
 * Which alarms there are. One of a kind and subject at a time: the same finding again changes
 * nothing. What becomes news here is put into the mail in the same step.
 */
export class AlarmBook {
  readonly #sql: SqlStorage;
  readonly #mail: AlarmMail;
  readonly #home: string;
  readonly #measure: Parts["measure"];

  constructor({ sql, mail, home, measure }: Parts) {
    this.#sql = sql;
    this.#mail = mail;
    this.#home = home;
    this.#measure = measure;
  }

  raise(finding: AlarmFinding, now: number): void {
    const { alarm, subject, since, detail, count = 1, path = "/console" } = finding;
    const row = this.#current(alarm, subject);
    if (row === null) {
      this.#sql.exec(
        `INSERT INTO alarms (id, alarm, subject, state, since, detail, path, count, folded,
           found_at, told, told_count) VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, 0, ?, 0, 0)`,
        newId("alarm"),
        alarm,
        subject,
        since,
        detail,
        path,
        count,
        now,
      );
    } else if (finding.count !== undefined && (row.detail !== detail || row.count !== count)) {
      const isWorse = row.state === "open" && row.told > 0 && count >= 2 * row.toldCount;
      this.#sql.exec(
        `UPDATE alarms SET detail = ?, count = ?, tell_at = ? WHERE n = ?`,
        detail,
        count,
        isWorse ? now : row.tellAt,
        row.n,
      );
    }
    if (row === null || row.state === "pending") this.#openIfLasting(alarm, subject, now);
  }

  clear(alarm: AlarmName, subject: string, now: number): void {
    const row = this.#current(alarm, subject);
    if (row === null) return;
    if (row.state === "pending") {
      this.#sql.exec(`DELETE FROM alarms WHERE n = ?`, row.n);
      return;
    }
    this.#sql.exec(
      `UPDATE alarms SET state = 'cleared', cleared_at = ?, tell_at = NULL WHERE n = ?`,
      now,
      row.n,
    );
    this.#measure("cleared", alarm, subject, row.count);
    log.info("alarm.cleared", { alarm, subject, ms: now - (row.raisedAt ?? now) });
    if (row.told > 0) this.#tell({ ...row, clearedAt: now }, "alarm.cleared", now);
    if (row.folded === 1) this.#countOthers(alarm, now);
  }

  /**
   * Somebody looked at all there is of some kinds: what was not found is over.
   *
   * @param look when it began (epoch ms): what was raised about then it may have missed; and
   *   "alarm|subject" of what it could not see
   */
  settle(
    kinds: readonly AlarmName[],
    findings: AlarmFinding[],
    { readAt, unsure }: { readAt: number; unsure: readonly string[] },
    now: number,
  ): void {
    const found = new Set(findings.map(({ alarm, subject }) => `${alarm}|${subject}`));
    for (const one of unsure) found.add(one);
    for (const finding of findings) this.raise(finding, now);
    for (const alarm of kinds) {
      for (const row of this.#all(`WHERE alarm = ? AND state != 'cleared'`, alarm)) {
        const isFresh = row.state === "open" && row.foundAt >= readAt - SETTLING_MS;
        if (row.subject === OTHERS || isFresh) continue;
        if (!found.has(`${alarm}|${row.subject}`)) this.clear(alarm, row.subject, now);
      }
    }
  }

  /** Puts into the mail what is to be told by now: what is new, and repeats of what lasts. */
  tellDue(now: number): void {
    for (const row of this.#all(`WHERE tell_at <= ? ORDER BY n`, now)) {
      // While the last post waits for the webhook to answer, another would say the same.
      const waits = row.told > 0 && this.#mail.owes(row.id);
      if (!waits) this.#tell({ ...row, told: row.told + 1 }, "alarm.raised", now);
      const again = row.acknowledgedAt === null ? now + REPEAT_MS : null;
      this.#sql.exec(
        `UPDATE alarms SET tell_at = ?, told = told + ?, told_count = count WHERE n = ?`,
        again,
        waits ? 0 : 1,
        row.n,
      );
    }
  }

  /** Ends the repeats of an open alarm. @returns null where there is none with this id */
  acknowledge(id: string, operator: string, now: number): AlarmView | null {
    const [row] = this.#all(`WHERE id = ? AND state = 'open'`, id);
    if (row === undefined) return null;
    if (row.acknowledgedAt === null) {
      this.#sql.exec(
        `UPDATE alarms SET acknowledged_by = ?, acknowledged_at = ?, tell_at = NULL WHERE n = ?`,
        operator,
        now,
        row.n,
      );
    }
    const [after] = this.#all(`WHERE n = ?`, row.n);
    return after === undefined ? null : viewOf(after);
  }

  /** A post about it was taken. */
  taken(id: string, at: number): void {
    this.#sql.exec(`UPDATE alarms SET taken_at = ? WHERE id = ?`, at, id);
  }

  /** Those that are told each before those that are told as one. */
  open(): AlarmView[] {
    return this.#all(
      `WHERE state = 'open' ORDER BY folded, raised_at DESC, n DESC LIMIT ?`,
      OPEN_SHOWN,
    ).map(viewOf);
  }

  recent(): AlarmView[] {
    return this.#all(
      `WHERE state = 'cleared' ORDER BY cleared_at DESC, n DESC LIMIT ?`,
      RECENT_SHOWN,
    ).map(viewOf);
  }

  /** How many are open of each kind, those that are told as one among them. */
  counts(): Partial<Record<AlarmName, number>> {
    const rows = this.#sql
      .exec<{ alarm: AlarmName; count: number }>(
        `SELECT alarm, count(*) AS count FROM alarms
         WHERE state = 'open' AND subject != '${OTHERS}' GROUP BY alarm`,
      )
      .toArray();
    return Object.fromEntries(rows.map(({ alarm, count }) => [alarm, count]));
  }

  /** When there is something to do next by itself. @param mayTell whether posts are made at all */
  nextAt(mayTell: boolean): number | null {
    const times = this.#all(`WHERE state = 'pending'`).map(
      ({ alarm, foundAt }) => foundAt + ALARMS[alarm as AlarmName].graceMs,
    );
    if (mayTell) {
      const [row] = this.#sql
        .exec<{ at: number | null }>(
          `SELECT min(tell_at) AS at FROM alarms WHERE tell_at IS NOT NULL`,
        )
        .toArray();
      if (row?.at != null) times.push(row.at);
    }
    return times.length === 0 ? null : Math.min(...times);
  }

  /** What began and lasts for as long as is worth telling by now. */
  openLasting(now: number): void {
    for (const { alarm, subject } of this.#all(`WHERE state = 'pending'`)) {
      this.#openIfLasting(alarm as AlarmName, subject, now);
    }
  }

  /** Forgets what is over for long. */
  prune(now: number): void {
    this.#sql.exec(
      `DELETE FROM alarms WHERE state = 'cleared' AND (cleared_at < ? OR n <= (
         SELECT n FROM alarms WHERE state = 'cleared' ORDER BY n DESC LIMIT 1 OFFSET ?))`,
      now - KEPT_MS,
      KEPT_MAX,
    );
  }

  #openIfLasting(alarm: AlarmName, subject: string, now: number): void {
    const row = this.#current(alarm, subject);
    if (row === null || now < row.foundAt + ALARMS[alarm].graceMs) return;
    const folded = subject !== OTHERS && this.#countToldEach(alarm) >= TOLD_EACH;
    this.#sql.exec(
      `UPDATE alarms SET state = 'open', raised_at = ?, folded = ?, tell_at = ? WHERE n = ?`,
      now,
      folded ? 1 : 0,
      folded ? null : now,
      row.n,
    );
    this.#measure("raised", alarm, subject, row.count);
    log.error("alarm.raised", { alarm, subject, count: row.count });
    if (folded) this.#countOthers(alarm, now);
  }

  #countToldEach(alarm: AlarmName): number {
    return this.#count(`alarm = ? AND state = 'open' AND folded = 0`, alarm);
  }

  /** Those of a kind that are not told each are one alarm of their own. */
  #countOthers(alarm: AlarmName, now: number): void {
    const count = this.#count(`alarm = ? AND state = 'open' AND folded = 1`, alarm);
    if (count === 0) {
      this.clear(alarm, OTHERS, now);
      return;
    }
    const [first] = this.#all(
      `WHERE alarm = ? AND state = 'open' AND folded = 1 ORDER BY since LIMIT 1`,
      alarm,
    );
    const detail =
      "And so with more than are told one by one: GET /v1/admin/alarms lists up to a thousand.";
    this.raise({ alarm, subject: OTHERS, since: first?.since ?? now, detail, count }, now);
  }

  #tell(row: Row, type: AlarmLetter["type"], now: number): void {
    this.#mail.put(row.id, letterOf(row, type, this.#home), now);
  }

  #current(alarm: AlarmName, subject: string): Row | null {
    return (
      this.#all(`WHERE alarm = ? AND subject = ? AND state != 'cleared'`, alarm, subject)[0] ?? null
    );
  }

  #count(where: string, ...values: SqlStorageValue[]): number {
    const [row] = this.#sql
      .exec<{ count: number }>(`SELECT count(*) AS count FROM alarms WHERE ${where}`, ...values)
      .toArray();
    return row?.count ?? 0;
  }

  #all(where: string, ...values: SqlStorageValue[]): Row[] {
    return this.#sql.exec<Row>(`SELECT ${COLUMNS} FROM alarms ${where}`, ...values).toArray();
  }
}

function viewOf(row: Row): AlarmView {
  const { id, subject, since, detail, path, told, takenAt, clearedAt } = row;
  const { acknowledgedBy, acknowledgedAt } = row;
  return {
    id,
    alarm: row.alarm as AlarmName,
    subject,
    since,
    detail,
    path,
    raisedAt: row.raisedAt ?? row.foundAt,
    clearedAt,
    acknowledgedBy,
    acknowledgedAt,
    told,
    takenAt,
  };
}

function letterOf(row: Row, type: AlarmLetter["type"], home: string): AlarmLetter {
  const { title, whatToDo } = ALARMS[row.alarm as AlarmName];
  const since = iso(row.since);
  const link = `${home}${row.path}`;
  const isOver = row.clearedAt !== null;
  const again = row.told > 1 ? " (still)" : "";
  return {
    type,
    id: row.id,
    alarm: row.alarm,
    subject: row.subject,
    since,
    ...(row.clearedAt === null ? {} : { cleared_at: iso(row.clearedAt) }),
    told: row.told,
    title,
    detail: row.detail,
    what_to_do: isOver ? "Nothing: it is over." : whatToDo,
    link,
    text: isOver
      ? `Over: ${title} (${row.subject}). It began ${since}. ${link}`
      : `Alarm${again}: ${title} (${row.subject}). ${row.detail} Since ${since}. ${whatToDo} ${link}`,
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
