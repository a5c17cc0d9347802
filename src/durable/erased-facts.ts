import { namesErased } from "../lib/names-erased.ts";
import type { ErasedNames } from "../lib/erased-names.ts";
import type { CustomerRef } from "../meta/facts.ts";
import type { JournalFact } from "./journal.ts";

/**
 * What becomes of a fact where customers were erased: `drop` what is of the erased time; take what is
 * about a message of which it cannot say when it was (`if_known`) only where there is that message;
 * `keep` the rest, which may be of the same person, new since.
 */
export type ErasureVerdict = "keep" | "drop" | "if_known";

/** @param inDump whether it is one of the first dump of the address book, whose stamps say nothing */
export function judgeErased(
  erased: ErasedNames,
  fact: JournalFact,
  inDump: boolean,
): ErasureVerdict {
  switch (fact.kind) {
    case "message":
      return erased.covers(fact.customer, fact.at, fact.wamid) ? "drop" : "keep";
    case "status":
      if (erased.covers(fact.customer, fact.at, fact.wamid)) return "drop";
      return mayBeOfErased(erased, fact.customer) ? "if_known" : "keep";
    case "edit":
    case "revoke":
      if (erased.covers(fact.customer, fact.at, fact.wamid)) return "drop";
      if (erased.hasWamid(fact.target)) return "drop";
      return mayBeOfErased(erased, fact.customer) ? "if_known" : "keep";
    case "detection":
      return erased.hasWamid(fact.wamid) ? "drop" : "if_known";
    case "contact":
      if (inDump && erased.find(fact.customer) !== undefined) return "drop";
      return erased.covers(fact.customer, fact.at) ? "drop" : "keep";
    case "customer_change": {
      const { before, after, at, wamid } = fact;
      return erased.covers(before, at, wamid) || erased.covers(after, at) ? "drop" : "keep";
    }
    case "preference":
    case "handover":
      return erased.covers(fact.customer, fact.at) ? "drop" : "keep";
    case "notice":
      return namesErased(erased, fact.detail) ? "drop" : "keep";
    case "raw":
      return namesErased(erased, fact.raw) ? "drop" : "keep";
    case "account":
    case "settled":
    case "state":
    case "block":
    case "warning":
    case "contacts_imported":
    case "learnt":
      return "keep";
  }
}

/** A failed status can lack every name. */
function mayBeOfErased(erased: ErasedNames, ref: CustomerRef): boolean {
  const isNobody = ref.phone === undefined && ref.bsuid === undefined;
  return isNobody || erased.find(ref) !== undefined;
}
