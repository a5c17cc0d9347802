import { isOfWrongClock } from "./wrong-clock.ts";
import type { BlockKind, ErrorEffect } from "../meta/graph-errors.ts";
import type { BlockFact } from "./journal.ts";
import type { Block } from "./sender-state.ts";
import type { SettingsStore } from "./settings-store.ts";

/** A blocked number is looked at so often (design: Lifecycle). */
const CHECK_EVERY_MS = 15 * 60_000;

interface Parts {
  settings: SettingsStore;
  tell: (fact: BlockFact) => void;
}

/**
 * Whether Meta refuses all that a number sends: payment, time zone, token, restriction. Said by
 * account-level errors, told once instead of one message at a time, and lifted by a look at the
 * account or by the first send that goes through.
 */
export class Blocks {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get current(): Block | null {
    return this.#parts.settings.get<Block | null>("block") ?? null;
  }

  /**
   * What an error of Meta says, at `at` by its own clock; one about the block that is known already
   * changes nothing.
   */
  apply(effect: ErrorEffect, code: number, at: number): void {
    const kind = KINDS[effect];
    if (kind === undefined || this.current !== null) return;
    const block = { kind, code, since: at };
    this.#parts.settings.set("block", block);
    this.#parts.settings.set("blockCheckedAt", at);
    this.#parts.tell({ kind: "block", key: `bl:${at}`, at, block, over: false });
  }

  /** Nothing blocks the number any more. @returns whether something did */
  lift(now: number): boolean {
    const block = this.current;
    if (block === null) return false;
    this.#parts.settings.set("block", null);
    this.forgetBefore(now);
    this.#parts.tell({ kind: "block", key: `bl:${block.since}:over`, at: now, block, over: true });
    return true;
  }

  /** Whether what left at an instant says nothing about the number as it is now. */
  isForgotten(leftAt: number, now: number): boolean {
    const before = this.#parts.settings.get<number>("blocksFrom") ?? 0;
    return leftAt < before && !isOfWrongClock(before, 0, now);
  }

  forgetBefore(at: number): void {
    this.#parts.settings.set("blocksFrom", at);
  }

  /** The number moves to another partner, whom the old one's troubles do not concern. */
  clear(): void {
    this.#parts.settings.set("block", null);
  }

  /** A send got through. Those on their way when the block began prove nothing. */
  succeeded(placeAt: number, now: number): void {
    const block = this.current;
    if (block !== null && placeAt > block.since) this.lift(now);
  }

  /** Whether a look at the account is due; it counts as taken then. */
  takeCheck(now: number, force: boolean): boolean {
    if (this.current === null) return false;
    const checkedAt = this.#parts.settings.get<number>("blockCheckedAt") ?? 0;
    if (!force && now < checkedAt + CHECK_EVERY_MS) return false;
    this.#parts.settings.set("blockCheckedAt", now);
    return true;
  }
}

const KINDS: Partial<Record<ErrorEffect, BlockKind>> = {
  block_payment: "payment",
  block_timezone: "timezone",
  block_token: "token",
  block_restricted: "restricted",
};
