import { isBsuidKey, isLaterHolderKey, nameInKey } from "../lib/customer-key.ts";
import { GENERATION_TOLERANCE_MS } from "../lib/generation.ts";
import { phoneVariants } from "../lib/phone-variants.ts";
import { log } from "../lib/log.ts";
import { MOVES } from "../lib/lifecycle-words.ts";
import type { StateEvent } from "../lib/lifecycle-words.ts";
import { judgeErased } from "./erased-facts.ts";
import { applyAccountEvent, isAboutAnother, moveOf } from "./sender-state.ts";
import { opensWindow } from "./service-window.ts";
import type {
  AccountFact,
  ChangeFact,
  CustomerChangeFact,
  CustomerRef,
  Fact,
  MessageFact,
  StatusFact,
} from "../meta/facts.ts";
import type { Blocks } from "./blocks.ts";
import type { Aliases, LearntAlias, Naming } from "./aliases.ts";
import type { Derived, Journal, JournalFact, SettledFact } from "./journal.ts";
import type { NextPartners } from "./next-partner.ts";
import type { Sending, SendingParts } from "./sending.ts";
import type { SettingsStore } from "./settings-store.ts";
import type { AccountWord, Ours, SenderConfig, SenderState } from "./sender-state.ts";
import type { ErasureVerdict } from "./erased-facts.ts";
import type { ThreadOwners } from "./thread-owners.ts";
import type { Tombstones } from "./tombstones.ts";
import type { Watch } from "./watch.ts";
import type { Windows } from "./windows.ts";

/** The first contacts dump has no end mark (protocol.md 2.4): this long without one ends it. */
const CONTACTS_QUIET_MS = 10_000;
/** A dump that was asked for and never came: a change after a day is only a change. */
const CONTACTS_WAIT_MS = 24 * 3_600_000;
/** A webhook that is here so long after it came lies behind all places that are given now. */
const LATE_MS = 1_000;

/** Meta's code for sends of an account that it disabled (meta/graph-errors.ts). */
const ACCOUNT_LOCKED = 131031;

/** A failure that Meta tells later than this says nothing of the account any more. */
const TROUBLE_STALE_MS = 3_600_000;

/** Account words that came while the number was disconnected, and how many are kept. */
const WORDS = "wordsWhileOff";
const WORDS_MAX = 10;

interface Dump {
  generation: number;
  changes: number;
  lastAt: number;
}

interface Parts {
  settings: SettingsStore;
  journal: Journal;
  aliases: Aliases;
  windows: Windows;
  threads: ThreadOwners;
  sending: Sending;
  blocks: Blocks;
  watch: Watch;
  nextPartners: NextPartners;
  tombstones: Tombstones;
  /** Up to when what is stamped was an erased sender's (epoch ms). */
  erasedBefore: () => number;
  /** Whom account events must name to be about us. */
  ours: Ours;
  /** What an error of Meta means for the number as a whole. */
  affect: SendingParts["affect"];
  /** Whether live inbound messages use up places, as they do at Meta. */
  countInbound: boolean;
}

/** Takes facts in: what each one changes here, and its row in the journal. Synchronous throughout. */
export class Intake {
  readonly #parts: Parts;
  /** Facts that left the journal lately: their repeat would count a second place. */
  readonly #recent = new Set<string>();
  /** Contacts of first dumps seen by this instance. */
  #contacts = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @returns how many were not in the journal already */
  takeIn(facts: Fact[], config: SenderConfig | undefined, receivedAt: number): number {
    let taken = 0;
    let dropped = 0;
    const contactsBefore = this.#contacts;
    for (const told of facts) {
      const fact = config === undefined ? told : this.#withholdFormer(told, config);
      if (this.#parts.journal.has(fact.key)) continue;
      if (this.#isOfErasedSender(told, config)) {
        dropped += 1;
        continue;
      }
      if (this.#isDisconnected && this.#parts.nextPartners.takes(told, receivedAt)) {
        taken += 1;
        continue;
      }
      const verdict =
        fact === told ? this.#judgeErased(fact, config, receivedAt) : this.#judgeFormer(told);
      if (verdict === "drop") {
        dropped += 1;
        continue;
      }
      const derived = config === undefined ? {} : this.#derive(fact, config, receivedAt);
      if (verdict === "if_known") derived.ifKnown = true;
      this.#parts.journal.append(fact, derived, receivedAt);
      taken += 1;
    }
    if (dropped > 0) {
      log.info("object.erased", { sender: config?.senderKey ?? "", count: dropped });
    }
    if (this.#contacts > contactsBefore)
      this.#extendDump(this.#contacts - contactsBefore, receivedAt);
    return taken;
  }

  /** What is of the time before a customer was erased goes no further; a row of the outbox learns of it. */
  #judgeErased(fact: Fact, config: SenderConfig | undefined, receivedAt: number): ErasureVerdict {
    const { tombstones, sending } = this.#parts;
    if (config === undefined) return "keep";
    const erased = tombstones.of(config.senderKey);
    if (erased.isEmpty) return "keep";
    const inDump = this.#dump()?.generation === config.generation;
    const isErasedSend = fact.kind === "status" && sending.outcomes.isErased(fact.send);
    const verdict = isErasedSend ? "drop" : judgeErased(erased, fact, inDump);
    if (verdict === "drop" && fact.kind === "status") sending.outcomes.noteStatus(fact, receivedAt);
    if (verdict === "drop") return verdict;
    if (fact.kind === "customer_change") {
      const from = erased.find(fact.before) ?? erased.find(fact.after);
      if (from !== undefined) tombstones.cover(config.senderKey, from, [fact.before, fact.after]);
    } else if ("customer" in fact) tombstones.spread(config.senderKey, fact.customer);
    return verdict;
  }

  /** What is about a former partner's time is kept raw, unless that one had its customer erased. */
  #judgeFormer(told: Fact): ErasureVerdict {
    const { tombstones } = this.#parts;
    const isErased = (sender: number) => judgeErased(tombstones.of(sender), told, false) === "drop";
    return tombstones.senders().some(isErased) ? "drop" : "keep";
  }

  /**
   * Whether a fact is of the time of a sender that was erased. Of who holds the number since can be,
   * for all their old stamps: contacts of the first dump, and files of the imported past.
   */
  #isOfErasedSender(fact: Fact, config: SenderConfig | undefined): boolean {
    if (!("at" in fact) || fact.at === undefined) return false;
    if (fact.at >= this.#parts.erasedBefore()) return false;
    if (fact.kind === "contact") return this.#dump() === undefined;
    return fact.kind !== "message" || fact.direction === "inbound" || config === undefined;
  }

  get #isDisconnected(): boolean {
    return this.#parts.settings.get<SenderState>("state")?.phase === "disconnected";
  }

  /** Facts that came before the number was configured, in the order they came. */
  takeInWaiting(config: SenderConfig): void {
    this.#parts.journal.rederive((fact, receivedAt) => this.#derive(fact, config, receivedAt));
  }

  learn(pairs: { phone: string; bsuid?: string }[]): void {
    const { journal } = this.#parts;
    for (const pair of pairs) {
      // The past of a number is its first holder's, under whose key the pages are stored.
      const derived = this.#identify(pair, { at: 0, byCustomer: false });
      if (derived.learnt === undefined) continue;
      // What the same pair teaches later can be another thing.
      const key = `al:${pair.phone}:${pair.bsuid ?? ""}:${journal.lastNumber + 1}`;
      journal.append({ kind: "learnt", key }, derived, Date.now());
    }
  }

  /**
   * Tells what a send came to, under the key its customer has by now, which can be another one than
   * at its admission; and learns its spelling, so that an answer under the other one finds it.
   *
   * @param admitted the customer's key then, and when (epoch ms)
   */
  tell(fact: SettledFact, admitted: { customer: string; at: number }): void {
    const { customer, at } = admitted;
    const derived = isLaterHolderKey(customer)
      ? { customer: this.#parts.aliases.resolve(customer, at) }
      : this.#identify(nameInKey(customer), { at, byCustomer: false });
    this.#parts.journal.append(fact, derived, Date.now());
  }

  /** Ends the first contacts dump after a quiet spell. */
  finishContacts(config: SenderConfig, now: number): void {
    const dump = this.#dump();
    if (dump === undefined) return;
    // Nothing came in a day, or it was the onboarding before this one that asked.
    const over = dump.changes === 0 && now > dump.lastAt + CONTACTS_WAIT_MS;
    if (over || dump.generation !== config.generation) {
      this.#parts.settings.set("contactsDump", null);
      return;
    }
    if (dump.changes === 0 || now < dump.lastAt + CONTACTS_QUIET_MS) return;
    this.#parts.journal.append(
      {
        kind: "contacts_imported",
        key: `ci:${config.generation}`,
        at: now,
        changes: dump.changes,
        generation: config.generation,
      },
      {},
      now,
    );
    this.#parts.settings.set("contactsDump", null);
  }

  awaitsContacts(): boolean {
    return (this.#dump()?.changes ?? 0) > 0;
  }

  /** From now on contact changes are the first dump, told once for all, until it goes quiet. */
  expectContacts(generation: number, now: number): void {
    this.#parts.settings.set("contactsDump", { generation, changes: 0, lastAt: now });
  }

  /**
   * @param event what tells it, or null where it is no news to a partner
   * @param toldAt when that happened (epoch ms), where it is not the instant the state speaks of
   */
  changeState(
    config: SenderConfig,
    state: SenderState,
    event: StateEvent | null,
    toldAt = state.at,
  ): void {
    this.#parts.settings.set("state", state);
    this.#parts.journal.append(
      {
        kind: "state",
        key: `st:${config.generation}:${state.at}:${state.phase}`,
        event,
        at: toldAt,
        decidedAt: Date.now(),
        state,
      },
      {},
      toldAt,
    );
  }

  #dump(): Dump | undefined {
    return this.#parts.settings.get<Dump | null>("contactsDump") ?? undefined;
  }

  /** What a fact changes here, and what the journal has to remember of that. */
  #derive(fact: JournalFact, config: SenderConfig, receivedAt: number): Derived {
    const derived = this.#deriveFact(fact, config, receivedAt);
    const { generation } = config;
    this.#parts.threads.hear(fact, derived.customer, { generation, receivedAt });
    return derived;
  }

  #deriveFact(fact: JournalFact, config: SenderConfig, receivedAt: number): Derived {
    switch (fact.kind) {
      case "message":
        return this.#deriveMessage(fact, config, receivedAt);
      case "edit":
      case "revoke":
        // The API cannot do that: whoever changes an own message does it in the app.
        if (fact.direction === "outbound" && fact.standby === undefined) {
          this.#parts.watch.seen(Math.min(fact.at, receivedAt));
        }
        return this.#identify(fact.customer, naming(fact));
      case "handover":
      case "preference":
        return this.#identify(fact.customer, { at: fact.at, byCustomer: false });
      case "status": {
        const sent = this.#parts.sending.outcomes.noteStatus(fact, receivedAt);
        const known = this.#identify(fact.customer, { at: fact.at, byCustomer: false });
        const customer = known.customer ?? sent?.customer ?? "";
        this.#heedPhone(fact, receivedAt);
        this.#heed(fact, customer, receivedAt);
        return {
          ...known,
          customer,
          ...(sent?.callback == null ? {} : { callback: sent.callback }),
        };
      }
      case "contact":
        this.#parts.watch.seen(Math.min(fact.at, receivedAt));
        return {
          ...this.#identify(fact.customer, { at: fact.at, byCustomer: false }),
          ...this.#countContact(config),
        };
      case "customer_change":
        return this.#mergeCustomers(fact);
      case "account":
        return this.#deriveAccount(fact, config, receivedAt);
      case "notice":
      case "detection":
      case "raw":
      case "settled":
      case "state":
      case "block":
      case "warning":
      case "contacts_imported":
      case "learnt":
        return {};
    }
  }

  /** A step in the life of the connection, as the table of moves says (lib/lifecycle-words.ts). */
  #deriveAccount(fact: AccountFact, config: SenderConfig, receivedAt: number): Derived {
    if (isAboutAnother(fact, this.#parts.ours)) return { aboutAnother: true };
    const state = this.#parts.settings.get<SenderState>("state");
    const word = { ...fact, at: fact.at ?? receivedAt };
    if (state === undefined) return {};
    if (state.phase === "disconnected") this.#keepWord(word);
    const move = moveOf(fact);
    if (move === "block" || move === "unblock") this.#heedBan(move, word.at, config, state);
    // The phone has just been used for it; of several numbers of the account, whose is not said.
    if (move === "resume" && fact.shared !== true) {
      this.#parts.watch.seen(Math.min(word.at, receivedAt));
    }
    this.#applyWord(word, config, receivedAt);
    return {};
  }

  #applyWord(word: AccountWord, config: SenderConfig, receivedAt: number): void {
    const state = this.#parts.settings.get<SenderState>("state");
    if (state === undefined) return;
    const change = applyAccountEvent(state, config.generation, word);
    if (change === null) return;
    if (change.moved) this.changeState(config, change.state, change.event);
    else this.#parts.settings.set("state", change.state);
    if (change.moved && change.state.phase === "active") {
      // While it was paused messages passed us by: their windows are not known to be closed.
      this.#parts.settings.set("observedFrom", receivedAt);
    }
  }

  /** A number that is being connected anew may be spoken of before its confirmation. */
  #keepWord(word: AccountWord): void {
    const { event, detail, shared, at } = word;
    if (MOVES[moveOf(word)].to === null) return;
    const kept = this.#parts.settings.get<AccountWord[]>(WORDS) ?? [];
    const own = { event, detail, at, ...(shared === undefined ? {} : { shared }) };
    this.#parts.settings.set(WORDS, [...kept, own].slice(-WORDS_MAX));
  }

  /** Hears what Meta said of the account while the number was disconnected: older words change nothing. */
  hearAgain(config: SenderConfig): void {
    const words = this.#parts.settings.get<AccountWord[]>(WORDS) ?? [];
    if (words.length === 0) return;
    this.#parts.settings.set(WORDS, []);
    for (const word of words) this.#applyWord(word, config, word.at);
  }

  /** A ban blocks beside the phase; of several words about it the latest counts, and each once. */
  #heedBan(
    move: "block" | "unblock",
    at: number,
    config: SenderConfig,
    { phase }: SenderState,
  ): void {
    const last = this.#parts.settings.get<{ at: number; move: string }>("ban");
    if (phase === "disconnected" || at < config.generation - (config.generation % 1_000)) return;
    if (last !== undefined && (at < last.at || (at === last.at && move === last.move))) return;
    this.#parts.settings.set("ban", { at, move });
    const { blocks } = this.#parts;
    if (move === "block") blocks.apply("block_restricted", ACCOUNT_LOCKED, at);
    else if (blocks.current?.kind === "restricted") blocks.lift(at);
  }

  /** Meta took a message that nobody sent through the API: the phone did. */
  #heedPhone({ status, send, standby, at }: StatusFact, receivedAt: number): void {
    const fromApp = status === "sent" && send === undefined && standby === undefined;
    if (fromApp) this.#parts.watch.seen(Math.min(at, receivedAt));
  }

  /**
   * After the number moved to another partner, what is about the former one's time and sends is
   * kept, but not told to the new one (invariant 8).
   */
  #withholdFormer(fact: Fact, config: SenderConfig): Fact {
    const movedAt = this.#parts.settings.get<number>("handedOverAt");
    if (movedAt === undefined) return fact;
    const isOfAccount = fact.kind === "account" || fact.kind === "notice";
    // Between subscription and confirmation the account speaks to the new partner already.
    const since = isOfAccount ? config.generation : movedAt;
    const former =
      fact.kind === "status"
        ? this.#parts.sending.outcomes.isForeign(fact.send, config.senderKey)
        : "at" in fact && fact.at !== undefined && fact.at < since - GENERATION_TOLERANCE_MS;
    if (!former) return fact;
    const field = fact.kind;
    return { kind: "raw", key: `f:${fact.key}`, field, reason: "former_partner", raw: fact };
  }

  #deriveMessage(fact: MessageFact, config: SenderConfig, receivedAt: number): Derived {
    const derived = this.#identify(fact.customer, naming(fact));
    const old = fact.at < config.generation - GENERATION_TOLERANCE_MS;
    if (fact.direction === "outbound") {
      if (fact.origin === "app") this.#heedEcho(fact, derived.customer ?? "", receivedAt);
      // Business media of the imported past can come as echoes (protocol.md 2.3.2).
      return old ? { ...derived, historical: true } : derived;
    }
    if (derived.customer !== undefined && opensWindow(fact.type, fact.at, config.generation)) {
      // A stamp from the future is a wrong clock, not a longer window.
      this.#parts.windows.open(derived.customer, Math.min(fact.at, receivedAt));
    }
    if (this.#parts.countInbound && !old && this.#isFresh(fact.key)) {
      const now = Date.now();
      // What came by a way round (overflow, a redrive) used its place up when it came to Meta.
      if (now - receivedAt < LATE_MS) this.#parts.sending.places.countInbound(now);
    }
    return derived;
  }

  /** An echo is a sign of the phone, unless it may be the echo of a send of ours. */
  #heedEcho(fact: MessageFact, customer: string, receivedAt: number): void {
    const at = Math.min(fact.at, receivedAt);
    const { watch, sending } = this.#parts;
    if (watch.isNews(at) && !sending.places.wroteLately(customer)) watch.seen(at);
  }

  /** The same failure can come as Meta's answer, as a status, or both (protocol.md 3.1). */
  #heed({ at, trouble }: StatusFact, customer: string, receivedAt: number): void {
    if (trouble === undefined) return;
    if (trouble.effect === "close_window") this.#parts.windows.refute(customer, at);
    // Old news of the account say nothing about it today.
    else if (receivedAt - at < TROUBLE_STALE_MS) {
      // Its stamp has whole seconds: it may be of any instant of that one.
      this.#parts.affect(trouble.effect, trouble.code, at, at + 999);
    }
  }

  #isFresh(key: string): boolean {
    if (this.#recent.has(key)) return false;
    if (this.#recent.size > 5_000) this.#recent.clear();
    this.#recent.add(key);
    return true;
  }

  #identify(ref: CustomerRef, naming: Naming): Derived {
    const { aliases } = this.#parts;
    const found = aliases.identify(ref, naming);
    if (found === undefined) return {};
    const { customer, learnt } = found;
    this.#followAliases(learnt);
    // Where we write first, what counts for the customer is under the spelling we wrote to.
    for (const spelling of phoneVariants(ref.phone ?? "")) {
      this.#parts.sending.places.followAlias(spelling, customer);
    }
    const formerBsuid = ref.bsuid !== undefined && aliases.isGivenUp(ref.bsuid);
    return {
      customer,
      ...(learnt.length === 0 ? {} : { learnt }),
      ...(formerBsuid ? { formerBsuid } : {}),
    };
  }

  /**
   * A new number or BSUID: the customer goes on under the newest phone, or else the newest id. What
   * comes from a number that was given up, later than that, is another person's.
   */
  #mergeCustomers({ before, after, at, renumbered }: CustomerChangeFact): Derived {
    const { aliases } = this.#parts;
    const to = this.#identify(after, { at, byCustomer: false });
    let target = to.customer ?? "";
    const learnt: LearntAlias[] = [...(to.learnt ?? [])];
    const left = new Set<string>();
    for (const name of [before.phone, before.bsuid]) {
      if (name === undefined) continue;
      const from = aliases.resolve(name, at);
      // Only the BSUID changed: a phone we know stays the customer's key.
      const stays = isBsuidKey(target) && !isBsuidKey(from);
      const [old, kept] = stays ? [target, from] : [from, target];
      learnt.push(...aliases.merge(old, kept));
      const phone = nameInKey(old).phone;
      if (phone !== undefined && old !== kept) left.add(phone);
      target = kept;
    }
    const reached = aliases.resolve(target, at);
    for (const name of [after.phone, after.bsuid]) {
      if (name !== undefined) learnt.push(...aliases.reclaim(name, reached, at));
    }
    // A repeat teaches nothing, and must not give up what the customer has come back to since.
    if (learnt.length > 0) {
      if (renumbered && before.phone !== undefined) left.add(before.phone);
      const held = after.phone === undefined ? [] : [after.phone, ...phoneVariants(after.phone)];
      for (const phone of left) if (!held.includes(phone)) aliases.retire(phone, at);
    }
    const formerBsuid = after.bsuid !== undefined && aliases.isGivenUp(after.bsuid);
    // That it is news is seen by what it teaches, or else by the new id being in force.
    if (after.bsuid !== undefined && before.bsuid !== undefined) {
      if (learnt.length > 0 || !formerBsuid) aliases.retire(before.bsuid, at);
    }
    const customer = aliases.resolve(reached, at);
    this.#followAliases(learnt);
    return { customer, learnt, ...(formerBsuid ? { formerBsuid } : {}) };
  }

  #followAliases(learnt: LearntAlias[]): void {
    for (const { alias, customer } of learnt) {
      if (alias === customer) continue;
      this.#parts.windows.merge(alias, customer);
      this.#parts.threads.merge(alias, customer);
      this.#parts.sending.places.followAlias(alias, customer);
    }
  }

  #countContact(config: SenderConfig): Derived {
    if (this.#dump()?.generation !== config.generation) return {};
    this.#contacts += 1;
    return { quiet: true };
  }

  /** Once a webhook, not once a contact: every change of a setting is a billed row. */
  #extendDump(changes: number, receivedAt: number): void {
    const dump = this.#dump();
    if (dump === undefined) return;
    this.#parts.settings.set("contactsDump", {
      ...dump,
      changes: dump.changes + changes,
      lastAt: receivedAt,
    });
  }
}

function naming(fact: MessageFact | ChangeFact): Naming {
  return { at: fact.at, byCustomer: fact.direction === "inbound" };
}
