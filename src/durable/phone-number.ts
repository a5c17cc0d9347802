import { DurableObject } from "cloudflare:workers";
import { readSettings } from "../env.ts";
import { FLUSH_LATE_MS } from "../lib/alarms.ts";
import { errorKind, log } from "../lib/log.ts";
import { newWorkId, underRequestId } from "../lib/request-id.ts";
import { Vault } from "../lib/seal.ts";
import { Alarm } from "./alarm.ts";
import { Aliases } from "./aliases.ts";
import { Blocks } from "./blocks.ts";
import { Erasure } from "./erasure.ts";
import { Flusher, WAIT_FOR_CONFIG_MS } from "./flusher.ts";
import { Intake } from "./intake.ts";
import { Journal } from "./journal.ts";
import { NextPartners } from "./next-partner.ts";
import { OwnAlarms } from "./own-alarms.ts";
import { PhoneAlarms } from "./phone-alarms.ts";
import { OperatorHold } from "./operator-hold.ts";
import { Outbox } from "./outbox.ts";
import { resealToken } from "./reseal-token.ts";
import { Sending } from "./sending.ts";
import { SettingsStore } from "./settings-store.ts";
import { applyTables, TABLES } from "./tables.ts";
import { ThreadOwners } from "./thread-owners.ts";
import { Tombstones } from "./tombstones.ts";
import { Watch } from "./watch.ts";
import { Windows } from "./windows.ts";
import type { TombstoneSet } from "../lib/erased-names.ts";
import type { StateEvent } from "../lib/lifecycle-words.ts";
import type { Fact, ThreadOwner } from "../meta/facts.ts";
import type { ErrorEffect } from "../meta/graph-errors.ts";
import type {
  Admission,
  BatchAdmission,
  BatchSends,
  BatchView,
  CallKey,
  Cancellation,
  Confirmation,
  Credentials,
  CredentialsAnswer,
  NextSends,
  SendCommand,
  SendOutcome,
  SendView,
  Settled,
} from "./send-types.ts";
import type { ErasedHere, ErasureOrder, SenderOrder } from "./erasure.ts";
import type { OperatorHoldView } from "./operator-hold.ts";
import type { NextPartner } from "./next-partner.ts";
import type { PhoneFigures } from "./phone-figures.ts";
import type { TokenSeal } from "./reseal-token.ts";
import type {
  Block,
  Doubt,
  Inspection,
  SenderConfig,
  SenderPhase,
  SenderState,
  Standing,
} from "./sender-state.ts";
import type { WindowView } from "./service-window.ts";

/** Also how long a death in the middle of a flush delays D1. */
const HOUSEKEEPING_MS = 5_000;
/** What is due sooner is a timer's: an alarm is a billed row, and costs an invocation. */
const TIMER_MAX_MS = 1_500;

/** Meta's code for a token that expired. */
const TOKEN_EXPIRED = 190;

/**
 * One business number. Everything that happens live to it passes here, so dedupe, identity,
 * window, pace and state are decided in one serial place; D1 is written from here in batches.
 * It never calls Graph and never sleeps: refusals are return values, waits are told to the caller.
 */
export class PhoneNumber extends DurableObject<Env> {
  readonly #settings: SettingsStore;
  readonly #journal: Journal;
  readonly #aliases: Aliases;
  readonly #windows: Windows;
  readonly #blocks: Blocks;
  readonly #watch: Watch;
  readonly #operatorHold: OperatorHold;
  readonly #threads: ThreadOwners;
  readonly #nextPartners: NextPartners;
  readonly #outbox: Outbox;
  readonly #sending: Sending;
  readonly #intake: Intake;
  readonly #flusher: Flusher;
  readonly #tombstones: Tombstones;
  readonly #erasure: Erasure;
  readonly #alarm: Alarm;
  readonly #alarms: PhoneAlarms;
  #timerAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#alarm = new Alarm(ctx);
    applyTables(ctx.storage, TABLES); // SQL is synchronous in an object: nothing to block on
    const { sql } = ctx.storage;
    this.#settings = new SettingsStore(sql);
    this.#journal = new Journal(sql, this.#settings);
    this.#aliases = new Aliases(sql);
    this.#windows = new Windows(sql);
    this.#blocks = new Blocks({
      settings: this.#settings,
      tell: (fact) => this.#journal.append(fact, {}, fact.at),
    });
    this.#watch = new Watch({
      settings: this.#settings,
      tell: (fact) => this.#journal.append(fact, {}, fact.at),
      expired: (now) => this.#blocks.apply("block_token", TOKEN_EXPIRED, now),
    });
    this.#operatorHold = new OperatorHold(this.#settings);
    this.#threads = new ThreadOwners(sql);
    this.#nextPartners = new NextPartners(sql, this.#settings);
    this.#outbox = new Outbox(sql, this.#settings.get<number>("outboxFrom") ?? 1);
    this.#sending = new Sending({
      sql,
      settings: this.#settings,
      outbox: this.#outbox,
      windows: this.#windows,
      threads: this.#threads,
      aliases: this.#aliases,
      intervalMs: Number(env.SEND_INTERVAL_MS),
      config: () => this.#config,
      state: () => this.#state,
      block: () => this.#blocks.current,
      operatorHold: this.#operatorHold,
      window: (customer, now) => this.#window(customer, now),
      tell: (fact, admitted) => this.#intake.tell(fact, admitted),
      affect: (effect, code, now, leftAt) => this.#affect(effect, code, now, leftAt),
      succeeded: (placeAt, now) => this.#blocks.succeeded(placeAt, now),
    });
    this.#tombstones = new Tombstones(sql, this.#settings);
    this.#intake = new Intake({
      settings: this.#settings,
      journal: this.#journal,
      aliases: this.#aliases,
      windows: this.#windows,
      threads: this.#threads,
      sending: this.#sending,
      blocks: this.#blocks,
      watch: this.#watch,
      nextPartners: this.#nextPartners,
      tombstones: this.#tombstones,
      erasedBefore: () => this.#erasure.erasedBefore,
      ours: { businessId: env.META_BUSINESS_ID, appId: env.META_APP_ID },
      affect: (effect, code, now, leftAt) => this.#affect(effect, code, now, leftAt),
      countInbound: env.COUNT_INBOUND === "true",
    });
    this.#flusher = new Flusher({
      env,
      journal: this.#journal,
      settings: this.#settings,
      number: () => this.ctx.id.name ?? "",
      config: () => this.#config,
      onTheirWay: () =>
        new Set(
          this.#outbox
            .onTheirWay(Date.now() + TIMER_MAX_MS)
            .map((customer) => this.#aliases.resolve(customer)),
        ),
      wakeAt: (at) => this.#wakeSoon(at),
      flushed: () => this.#tellAlarms(Date.now()),
    });
    this.#alarms = new PhoneAlarms(
      new OwnAlarms(env, this.#settings, (work) => ctx.waitUntil(work)),
    );
    this.#erasure = new Erasure({
      sql,
      settings: this.#settings,
      journal: this.#journal,
      aliases: this.#aliases,
      windows: this.#windows,
      threads: this.#threads,
      outbox: this.#outbox,
      sending: this.#sending,
      flusher: this.#flusher,
      tombstones: this.#tombstones,
      nextPartners: this.#nextPartners,
      config: () => this.#config,
    });
    if (this.#journal.size > 0 || this.#sending.nextLookAt(0) !== null)
      this.#alarm.setFor(Date.now());
  }

  /**
   * Names the sender behind this number, or its new generation; facts that waited are taken in, in
   * the order they came. The same configuration again changes nothing.
   */
  configure(config: SenderConfig, requestId?: string): void {
    const now = Date.now();
    underRequestId(requestId, () => {
      // In one step: one that breaks off would find itself configured and its facts still waiting.
      this.#whole(() => this.#takeOn(config, now));
      log.info("object.configured", { sender: config.senderKey });
    });
    this.#work(now);
  }

  #takeOn(given: SenderConfig, now: number): void {
    const before = this.#config;
    // It moves by `resumeFlush` alone: who read the sender before that would take it back.
    const config =
      before?.senderKey === given.senderKey ? { ...given, shard: before.shard } : given;
    const expected = this.#nextPartners.claim(config.partner);
    if (before !== undefined && before.senderKey !== config.senderKey) {
      this.#handOver(before, now, expected?.since ?? now);
    }
    this.#settings.set("config", config);
    this.#sending.places.changePace(config.mps);
    const renewed =
      before === undefined ||
      before.senderKey !== config.senderKey ||
      before.generation !== config.generation ||
      this.#state.phase === "disconnected";
    if (renewed) {
      if (!this.#isDoubtedSince(before, config.generation)) {
        const isNew = before === undefined || config.generation > before.generation;
        const at = isNew ? config.generation : now;
        this.#intake.changeState(config, { phase: "active", reason: null, at }, "sender.connected");
      }
      this.#settings.set("observedFrom", config.broughtBy === "import" ? now : null);
      this.#watch.begin(now);
      // Whoever wrote since the subscription has written to this generation.
      if (before?.senderKey === config.senderKey) this.#startGeneration(now, config.generation);
      this.#intake.hearAgain(config);
      if (before === undefined) this.#intake.takeInWaiting(config);
    }
    // A new onboarding, or at least a new token: whatever blocked the old one is to be seen anew.
    if (renewed || this.#blocks.current?.kind === "token") this.#blocks.lift(now);
    this.#blocks.forgetBefore(now);
    for (const { fact, receivedAt, requestId } of expected?.facts ?? []) {
      underRequestId(requestId, () => this.#intake.takeIn([fact], config, receivedAt));
    }
  }

  /** Whether Meta said something about this onboarding already, before it was confirmed. */
  #isDoubtedSince(before: SenderConfig | undefined, generation: number): boolean {
    const { phase, at } = this.#state;
    return before !== undefined && (phase === "paused" || phase === "verifying") && at > generation;
  }

  /**
   * Takes live and account facts in. Returning means that they are durable (the output gate holds
   * the answer until they are); D1 follows.
   *
   * @param receivedAt epoch ms at the door
   * @param requestId of the webhook: lines and events about them go by it
   */
  ingest(facts: Fact[], receivedAt: number, requestId?: string): { taken: number } {
    const now = Date.now();
    if (this.#erasure.isVacant) {
      log.info("object.erased", {
        ...(requestId !== undefined && { requestId }),
        count: facts.length,
      });
      return { taken: 0 };
    }
    const taken = underRequestId(requestId, () =>
      this.#whole(() => this.#intake.takeIn(facts, this.#config, receivedAt)),
    );
    this.#work(now);
    return { taken };
  }

  /**
   * Another partner has subscribed to the account of a number that was lost to the one before: what
   * comes is told to nobody until it confirms. Changes nothing for a number that is connected.
   */
  expectPartner(next: NextPartner): void {
    const config = this.#config;
    this.#erasure.endVacancy();
    if (config === undefined || config.partner === next.partner) return;
    if (this.#state.phase === "disconnected") this.#nextPartners.expect(next);
  }

  /** From now on contact changes are the first dump, told once for all, until it goes quiet. */
  expectContacts(): void {
    const config = this.#config;
    if (config !== undefined) this.#intake.expectContacts(config.generation, Date.now());
  }

  /**
   * Names that history taught: phone and BSUID of one customer, a phone that has other spellings.
   *
   * @param senderKey whose history: another partner's teaches the one that holds the number nothing
   */
  learn(senderKey: number, pairs: { phone: string; bsuid?: string }[]): void {
    const holder = this.#config?.senderKey;
    // Of an erased sender there may still be an import under way.
    if (holder === undefined ? this.#erasure.erasedBefore > 0 : holder !== senderKey) return;
    this.#whole(() => this.#intake.learn(pairs));
    this.#work(Date.now());
  }

  /**
   * Takes a customer out of all that is here, and keeps their past from coming back; a second order
   * finds what is left. What is on its way to D1 has come there, or never will, when this returns.
   */
  async eraseCustomer(order: ErasureOrder): Promise<ErasedHere> {
    const now = Date.now();
    const erased = this.#whole(() => this.#erasure.customer(order, now));
    await this.#flusher.idle();
    this.#work(now);
    return erased;
  }

  /** Takes a sender out; refused, by false, for one that is connected. */
  async eraseSender(order: SenderOrder): Promise<boolean> {
    const isHolder = () => this.#config?.senderKey === order.senderKey;
    if (isHolder()) await this.#alarms.end();
    if (isHolder() && this.#state.phase !== "disconnected") return false;
    this.#whole(() => this.#erasure.sender(order, Date.now()));
    this.#reread();
    await this.#flusher.idle();
    return true;
  }

  /** Whether its last sender was erased and nobody connects it: what comes of it is dropped. */
  isVacant(): boolean {
    return this.#erasure.isVacant;
  }

  /** Whose past is not to be stored, for who stores history of this sender; null: nobody's. */
  tombstones(senderKey: number): TombstoneSet | null {
    return this.#tombstones.list(senderKey);
  }

  /**
   * A sender of this number, perhaps a former one, is about to move to another shard: from now on
   * facts wait here. When this returns, none is on its way to D1.
   */
  async pauseFlush(move: string): Promise<void> {
    this.#flusher.pause(move);
    await this.#flusher.idle();
  }

  /** How it stands with a move, by what this number knows of it; `shard` null: nothing. */
  moving(move: string, senderKey: number): { shard: string | null; isPaused: boolean } {
    const isPaused = this.#flusher.pausedFor.includes(move);
    return { shard: this.#flusher.shardOf(senderKey), isPaused };
  }

  /** Facts go to D1 again: to this shard, where the sender is still the number's. */
  resumeFlush(move: string, senderKey: number, shard: string): void {
    const config = this.#config;
    if (config?.senderKey === senderKey && config.shard !== shard) {
      this.#settings.set("config", { ...config, shard });
    }
    this.#flusher.resume(move, senderKey, shard);
    this.#work(Date.now(), true);
  }

  /** Decides if and when a send may leave; see Admissions. @param requestId kept with the send */
  admit(command: SendCommand, requestId?: string): Admission {
    const now = Date.now(); // read once: in production the clock stands still between I/O
    const admission = underRequestId(requestId, () => this.#sending.admissions.admit(command, now));
    this.#work(now);
    return admission;
  }

  /** Many queued sends in one step; see Admissions. */
  admitMany(
    commands: SendCommand[],
    call?: CallKey,
    requestId?: string,
  ): BatchAdmission | { kind: "key_reused" } {
    const now = Date.now();
    const admission = underRequestId(requestId, () =>
      this.#sending.admissions.admitMany(commands, now, call),
    );
    this.#work(now);
    return admission;
  }

  /** Whether a send that waited for its place may still leave; see Admissions. */
  confirm(send: string): Confirmation {
    return this.#sending.admissions.confirm(send, Date.now());
  }

  /** Takes back whatever an attempt left here; see Admissions. */
  retract(attempt: string): boolean {
    return this.#sending.admissions.retract(attempt);
  }

  /** The next queued sends for a drainer; see SendQueue. */
  next(drainer: string, limit: number, sentAt?: number): NextSends {
    const now = Date.now();
    const next = this.#sending.queue.next(drainer, limit, now, sentAt);
    this.#work(now);
    return next;
  }

  /** A drainer goes before the queue is empty; see Sending. */
  leave(drainer: string): boolean {
    return this.#sending.leave(drainer, Date.now());
  }

  /** Takes back what a drainer was given in an answer that it lost; see SendQueue. */
  giveBack(drainer: string, carried: number[]): void {
    const now = Date.now();
    this.#sending.queue.giveBack(drainer, carried, now);
    this.#work(now);
  }

  /** Ends a send that still waits. */
  cancel(partner: string, send: string): Cancellation {
    const now = Date.now();
    const cancelled = this.#sending.queue.cancel(partner, send, now);
    this.#work(now);
    return cancelled;
  }

  /** Ends what still waits of a batch; null for a batch this partner does not have. */
  cancelBatch(partner: string, batch: string): BatchView | null {
    const now = Date.now();
    const view = this.#sending.queue.cancelBatch(partner, batch, now);
    this.#work(now);
    return view;
  }

  /** How a batch stands; null for one this partner does not have. */
  batch(partner: string, batch: string): BatchView | null {
    return this.#sending.queue.batch(partner, batch);
  }

  /** The sends of a batch, in the order they were given, behind the `after`th. */
  batchSends(partner: string, batch: string, after: number, limit: number): BatchSends | null {
    return this.#sending.queue.batchSends(partner, batch, after, limit);
  }

  /**
   * Notes what a carried send came to. A second word about the same carrying changes nothing.
   *
   * @param placeAt the place it was carried at; left out, whichever it has now
   */
  settle(send: string, outcome: SendOutcome, placeAt?: number): Settled | null {
    const now = Date.now();
    const settled = this.#sending.settle(send, outcome, now, placeAt);
    this.#work(now);
    return settled;
  }

  /** Takes back a send whose caller went away before its place came. */
  withdraw(send: string): boolean {
    return this.#sending.admissions.withdraw(send, Date.now());
  }

  /** The state of a send by our id, for the partner it belongs to. */
  send(partner: string, send: string): SendView | null {
    return this.#sending.queue.view(partner, send);
  }

  /**
   * The 24 h window of a customer (phone digits or BSUID), and who holds the thread; null for who
   * holds the number no more.
   */
  window(partner: string, customer: string): (WindowView & { threadOwner: ThreadOwner }) | null {
    if (this.#config?.partner !== partner) return null;
    const key = this.#aliases.resolve(customer);
    return { ...this.#window(key, Date.now()), threadOwner: this.#threads.ownerOf(key) };
  }

  /** The same of several customers, in their order. */
  windowsOf(
    partner: string,
    customers: string[],
  ): (WindowView & { threadOwner: ThreadOwner })[] | null {
    const views = customers.map((customer) => this.window(partner, customer));
    return views.every((view) => view !== null) ? views : null;
  }

  /** Seals the token under the newest key of TOKEN_KEYS; see resealToken. */
  reseal(): Promise<TokenSeal> {
    return resealToken(this.#settings, new Vault(readSettings(this.env).TOKEN_KEYS));
  }

  /** What calls need that take no place: read marks, media, templates. */
  credentials(partner: string, use: "read" | "write"): CredentialsAnswer {
    return this.#sending.credentials(partner, use);
  }

  /** What a look at the account needs and is about; null where there is nothing to look at. */
  inspect(): ({ credentials: Credentials } & Inspection) | null {
    const config = this.#config;
    const credentials = this.#sending.ownToken();
    const state = this.#state;
    if (config === undefined || credentials === null || state.phase === "disconnected") return null;
    const { senderKey, generation } = config;
    const about = { senderKey, generation, stateAt: state.at };
    return { credentials, about, state, wantsExpiry: config.tokenExpiresAt === undefined };
  }

  /** When the token that a look used expires (epoch ms), or null for never. */
  noteTokenExpiry(about: Doubt, expiresAt: number | null): void {
    const config = this.#config;
    if (config === undefined || config.tokenExpiresAt !== undefined) return;
    if (about.senderKey !== config.senderKey || about.generation !== config.generation) return;
    this.#settings.set("config", { ...config, tokenExpiresAt: expiresAt });
    this.#lookAhead();
    this.#work(Date.now());
  }

  /** A look at the account was refused for what concerns all of its sends. @param at when it left */
  noteRefusal(effect: ErrorEffect, code: number, at: number): void {
    if (effect !== "verify_access") this.#affect(effect, code, Date.now(), at);
    this.#work(Date.now());
  }

  /** What blocks the partner's number, and its token, if a look is due (or `force`d). */
  takeBlockCheck(
    partner: string,
    force: boolean,
  ): { credentials: Credentials; block: Block } | null {
    const block = this.#blocks.current;
    const credentials = this.#sending.ownToken();
    if (block === null || credentials === null || this.#config?.partner !== partner) return null;
    return this.#blocks.takeCheck(Date.now(), force) ? { credentials, block } : null;
  }

  /** A look at the account found nothing that blocks it. @param since the block it looked at */
  liftBlock(since: number): void {
    const now = Date.now();
    if (this.#blocks.current?.since === since) this.#blocks.lift(now);
    this.#work(now, true); // what waited goes at once
  }

  /**
   * Stops the partner's sends by hand: callers who wait are refused, what is queued waits. A hold
   * that is there stays as it is.
   *
   * @returns the hold in force; null for who holds the number no more
   */
  holdSends(partner: string, operator: string, reason: string): OperatorHoldView | null {
    if (this.#config?.partner !== partner) return null;
    return this.#operatorHold.hold(operator, reason, Date.now());
  }

  /** Ends what `holdSends` began: what is queued goes on at once. */
  releaseSends(partner: string): void {
    if (this.#config?.partner !== partner) return;
    this.#operatorHold.release();
    this.#work(Date.now(), true);
  }

  /**
   * The number's figures, for operators; null for who holds it no more. Writes nothing. Reads one
   * row of each window and each open send.
   */
  figures(partner: string): PhoneFigures | null {
    const now = Date.now();
    if (this.#config?.partner !== partner) return null;
    const { phase, reason } = this.#state;
    return {
      phase,
      reason,
      block: this.#blocks.current,
      hold: this.#operatorHold.current,
      windowsOpen: this.#windows.countOpen(now),
      ...this.#outbox.countOpen(),
      pace: this.#sending.places.figures(now),
      journal: this.#journal.size,
      journalSince: this.#journal.oldestReceivedAt(),
      phoneSeenAt: this.#watch.phoneSeenAt,
      at: now,
    };
  }

  /** Another pace for this sender: places a second. */
  changePace(partner: string, mps: number): void {
    const config = this.#config;
    if (config === undefined || config.partner !== partner) return;
    this.#settings.set("config", { ...config, mps });
    this.#sending.places.changePace(mps);
  }

  /** The state as of now; null for a number nobody configured. */
  phase(): SenderState | null {
    return this.#config === undefined ? null : this.#state;
  }

  /**
   * Moves the state by a decision taken outside: a look at the WABA, an operator.
   *
   * @param about the doubt that the decision answers; it is dropped when the number has been
   *   connected anew, or has moved on, since
   * @returns whether it was taken
   */
  moveTo(
    phase: SenderPhase,
    reason: string | null,
    event: StateEvent,
    about?: Doubt,
    requestId?: string,
  ): boolean {
    const config = this.#config;
    if (config === undefined || this.#state.phase === phase) return false;
    if (about !== undefined && !this.#stillHolds(config, about)) return false;
    const now = Date.now();
    // A doubt that ends in a pause is the same doubt: what Meta said meanwhile is no old news to it.
    const goesOn = phase === "paused" && this.#state.phase === "verifying";
    const at = goesOn ? this.#state.at : now;
    underRequestId(requestId, () =>
      this.#intake.changeState(config, { phase, reason, at }, event, now),
    );
    if (phase === "disconnected") {
      this.#sending.outcomes.cancelQueued(now);
      this.#settings.set("config", { ...config, token: null }); // erased: nothing may use it again
    }
    this.#work(now, true);
    return true;
  }

  #stillHolds(config: SenderConfig, about: Doubt): boolean {
    return (
      about.senderKey === config.senderKey &&
      about.generation === config.generation &&
      about.stateAt === this.#state.at
    );
  }

  /** The sweep's knock: whatever lies here goes on. @returns what D1 must know of its sender */
  wake(): Standing {
    this.#lookAhead();
    this.#work(Date.now(), true);
    return {
      journal: this.#journal.size,
      senderKey: this.#config?.senderKey ?? null,
      shard: this.#config?.shard ?? null,
      state: this.#state,
      pausedFor: [...this.#flusher.pausedFor],
      fence: this.#settings.get<number>("fence") ?? 0,
    };
  }

  /** What ends the connection by itself, if nobody acts. */
  #lookAhead(): void {
    if (this.#config === undefined || this.#state.phase === "disconnected") return;
    this.#watch.look(Date.now(), this.#config?.tokenExpiresAt ?? null);
  }

  /** Waits until D1 has everything that was taken in. @returns false when a flush fails */
  flushed(): Promise<boolean> {
    return this.#flusher.drain();
  }

  /** May come twice, late, or beside other calls; never throws, or it is retried six times and dropped. */
  override alarm(): void {
    this.#alarm.isOver();
    underRequestId(newWorkId("alarm"), () => this.#work(Date.now(), true));
  }

  #window(customer: string, now: number): WindowView {
    const observedFrom = this.#settings.get<number | null>("observedFrom") ?? null;
    return this.#windows.view(customer, now, observedFrom);
  }

  /**
   * What an error of Meta means for the number as a whole.
   *
   * @param leftAt when the send left that it is about (epoch ms): one from before the number was let
   *   go, by a new token, a new onboarding or the end of a block, is old news
   */
  #affect(effect: ErrorEffect, code: number, now: number, leftAt: number): void {
    const config = this.#config;
    if (config === undefined || this.#blocks.isForgotten(leftAt, now)) return;
    if (effect !== "verify_access") this.#blocks.apply(effect, code, now);
    else if (this.#state.phase === "active" && leftAt >= this.#state.at) {
      const doubted = { phase: "verifying" as const, reason: "access_lost", at: now };
      this.#intake.changeState(config, doubted, "sender.paused");
    }
  }

  /**
   * One step, all of it or nothing: what fails in the middle would leave names here that no row of
   * the journal tells D1 of. What memory mirrors of the tables is read anew then.
   */
  #whole<T>(step: () => T): T {
    try {
      return this.ctx.storage.transactionSync(step);
    } catch (err) {
      this.#reread();
      throw err;
    }
  }

  #reread(): void {
    const mirrors = [this.#settings, this.#journal, this.#aliases, this.#windows, this.#threads];
    for (const mirror of [...mirrors, this.#tombstones]) mirror.reread();
  }

  get #config(): SenderConfig | undefined {
    return this.#settings.get<SenderConfig>("config");
  }

  get #state(): SenderState {
    return this.#settings.get<SenderState>("state") ?? { phase: "active", reason: null, at: 0 };
  }

  /** What every call and every alarm ends with: due jobs, a flush if one is due, the next alarm. */
  #work(now: number, force = false): void {
    try {
      if (this.#config !== undefined) {
        this.#intake.finishContacts(this.#config, now);
        const { ticketFor } = this.#sending.doDueJobs(now, force);
        if (ticketFor !== null) this.#sendTicket(ticketFor);
        this.#flusher.start(now);
        this.#tellAlarms(now);
      } else if (this.#unclaimedUntil() <= now) {
        this.#flusher.giveUpOld(now);
      }
    } catch (err) {
      log.error("object.failed", { error: errorKind(err) });
    }
    this.#wakeForWork(now);
  }

  /** What operators must hear of. */
  #tellAlarms(now: number): void {
    const config = this.#config;
    if (config === undefined) return;
    this.#alarms.look(
      {
        config,
        behindSince: this.#flusher.behindSince(now, FLUSH_LATE_MS),
        journal: this.#journal.size,
        block: this.#blocks.current,
        countUnknown: () => this.#outbox.countUnreported(),
      },
      now,
    );
  }

  /** When the oldest fact of a number that nobody claims has waited for long enough. */
  #unclaimedUntil(): number {
    const oldest = this.#journal.oldestReceivedAt();
    return oldest === null ? Number.POSITIVE_INFINITY : oldest + WAIT_FOR_CONFIG_MS;
  }

  /**
   * The number moves to another partner, which starts empty: what was queued is cancelled, and what
   * the journal still holds is told to the partner it belongs to.
   *
   * @param since from when on the number's messages are the new one's (epoch ms)
   */
  #handOver(before: SenderConfig, now: number, since: number): void {
    if (this.#state.phase !== "disconnected") {
      const moved = { phase: "disconnected" as const, reason: "number_moved", at: now };
      this.#intake.changeState(before, moved, "sender.disconnected");
    }
    this.#startGeneration(now, Number.MAX_SAFE_INTEGER);
    this.#sending.forgetKeys();
    this.#blocks.clear();
    this.#operatorHold.release(); // its reason was the former partner's
    this.#aliases.clear();
    this.#settings.set("handedOverAt", since);
    this.#flusher.handOver(before);
  }

  /**
   * A new onboarding of the same number: windows start anew, what was queued is not sent.
   *
   * @param from windows opened by what was written up to it (epoch ms) are over
   */
  #startGeneration(now: number, from: number): void {
    this.#windows.clear(from);
    this.#threads.clear();
    this.#sending.outcomes.cancelQueued(now);
  }

  #sendTicket(phoneNumberId: string): void {
    const sent = this.env.SENDS.send({ phoneNumberId, sentAt: Date.now() }).catch(
      (err: unknown) => {
        log.warn("queue.not_pointed", { queue: "sends", count: 1, error: errorKind(err) });
      },
    );
    this.ctx.waitUntil(sent);
  }

  /** While work remains there is an alarm, whatever happened to the last one. */
  #wakeForWork(now: number): void {
    const soon = nextHousekeeping(now);
    if (this.#config === undefined) {
      const at = this.#unclaimedUntil();
      if (Number.isFinite(at)) this.#alarm.setFor(Math.max(soon, at));
      return;
    }
    const waits = this.#journal.size > 0 || this.#intake.awaitsContacts();
    const at = waits ? soon : this.#sending.nextLookAt(soon);
    if (at !== null) this.#alarm.setFor(at);
  }

  /** Wakes by a timer where that is near; the alarm behind it is for an object that dies meanwhile. */
  #wakeSoon(at: number): void {
    const now = Date.now();
    if (at > now + TIMER_MAX_MS) {
      this.#alarm.setFor(at);
      return;
    }
    this.#alarm.setFor(nextHousekeeping(now));
    if (this.#timerAt !== null && this.#timerAt <= at) return;
    this.#timerAt = at;
    setTimeout(() => {
      if (this.#timerAt === at) this.#timerAt = null;
      this.#work(Math.max(Date.now(), at), true); // a clock that stands still stops nothing
    }, at - now);
  }
}

/** At a whole second: two looks of one call ask for one alarm, which is a billed row. */
function nextHousekeeping(now: number): number {
  return Math.ceil((now + HOUSEKEEPING_MS) / 1_000) * 1_000;
}
