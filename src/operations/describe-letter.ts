import * as z from "zod";
import { shortId } from "../lib/log.ts";
import { POINTERS } from "../queues/bodies.ts";
import { buriedRow } from "./redrive-left-over.ts";
import type { LetterSource } from "../database/dead-letters.ts";
import type { Services } from "../services.ts";

/** What a dead letter is about: ids of ours, and messages as logs name them. */
export interface LetterAbout {
  /** A sentence for people: what it is, and what doing it over will do. */
  words: string;
  /** Of a queue's work: where it lies. A key of the archive. */
  archive_key: string | null;
  phone_number_id: string | null;
  /** The message's short id, as in log lines. */
  message: string | null;
  /** Of a fact: its kind. */
  fact: string | null;
}

const NOTHING: Omit<LetterAbout, "words"> = {
  archive_key: null,
  phone_number_id: null,
  message: null,
  fact: null,
};

const anyFact = z.object({ fact: z.object({ kind: z.string(), wamid: z.string().optional() }) });

/** Says what a letter is about without a word of content. @param body its JSON */
export function describeLetter(
  { settings }: Services,
  source: LetterSource,
  body: unknown,
): LetterAbout {
  const short = (wamid: string | undefined) =>
    wamid === undefined ? null : shortId(settings.API_KEY_PEPPER, wamid);
  if (source === "flush") {
    const row = anyFact.safeParse(body);
    const { kind, wamid } = row.success ? row.data.fact : { kind: null, wamid: undefined };
    const canGo = buriedRow.safeParse(body).success;
    return {
      ...NOTHING,
      words: canGo
        ? "D1 refused a fact that Meta told: the row it makes is one SQLite will not take. Mend that first (a migration, a fix); then it goes back to its number and is stored in order of its own time."
        : "D1 refused something that the gateway decided itself. It cannot be told to the number again: look at the number's state, then discard it.",
      fact: kind,
      message: short(wamid),
    };
  }
  const about = POINTERS[source].safeParse(body);
  if (!about.success) {
    return { ...NOTHING, words: "Its message names no work that this version knows: discard it." };
  }
  const pointer: { key?: string; phoneNumberId?: string; wamid?: string } = about.data;
  return {
    ...NOTHING,
    words: WORDS[source],
    archive_key: pointer.key ?? null,
    phone_number_id: pointer.phoneNumberId ?? null,
    message: short(pointer.wamid),
  };
}

const WORDS: Record<Exclude<LetterSource, "flush">, string> = {
  history:
    "A raw history body could not be stored to its end. Done over, it goes on behind the last page that is stored; nothing comes twice. A sweep points at it every minute too.",
  sends:
    "Queued sends of a number could not be drained. Done over, its object is asked for the next ones; a send that has left does not leave again. The object asks for a drainer by itself too.",
  media:
    "A message's file could not be fetched. Done over, it is fetched if its turn has come; between tries D1 keeps pauses of up to an hour, for 7 days.",
  overflow:
    "Facts that no object took at the door could not be delivered. Done over, each is handed to its number again; what was taken is not told twice. A sweep points at them every minute too, for eight days; discarded later than that, they are deleted.",
};
