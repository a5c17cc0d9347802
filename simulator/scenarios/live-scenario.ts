import { z } from "zod";

/** One thing that a customer, the owner or Meta does in an episode. */
export type LiveStep = {
  does:
    | "writes"
    | "edits"
    | "revokes"
    | "reacts"
    | "hides"
    | "moves"
    | "rotates"
    | "ownerWrites"
    | "ownerEdits"
    | "ownerRevokes"
    | "contact"
    | "status";
  /** A name for the message that comes of it. */
  as?: string;
  /** The message it quotes, changes or is about. */
  of?: string;
  /** `of` is named by another wamid of the same message (protocol.md 6, row 1). */
  byOtherWamid?: true;
  /** The phone is withheld: only the BSUID says who it is. */
  bsuidOnly?: true;
  /** The number as the other side of the world writes it (protocol.md 6, rows 17 and 18). */
  otherSpelling?: true;
  type?: "text" | "image" | "audio" | "document" | "sticker" | "video";
  body?: string;
  status?: "sent" | "delivered" | "read" | "played" | "failed";
  action?: "add" | "remove";
  name?: string;
  /** The contact's timestamp in milliseconds (protocol.md 2.4). */
  isInMs?: true;
};

export type Country = "US" | "BR" | "MX" | "AR";

/** A short story of one customer; what it is told of is in the order in which it happened. */
export type Episode = { country?: Country; steps: readonly LiveStep[] };

const spelled: readonly LiveStep[] = [
  { does: "writes", as: "a" },
  { does: "ownerWrites", of: "a", otherSpelling: true },
  { does: "writes", otherSpelling: true },
  { does: "contact", name: "Both Spellings", otherSpelling: true },
  { does: "contact", name: "One Person" },
];

/** Every rule of protocol.md 2.4 to 2.7 and section 6 that live traffic can meet, as data. */
export const EPISODES = {
  /** Adds are edits too; a removal keeps what was said; newest wins. */
  contactEdited: {
    steps: [
      { does: "contact", name: "First Name" },
      { does: "writes" },
      { does: "contact", name: "Second Name", isInMs: true },
      { does: "contact", name: "Third Name" },
    ],
  },
  contactRemoved: {
    steps: [
      { does: "contact", name: "To Be Removed", isInMs: true },
      { does: "writes" },
      { does: "contact", action: "remove" },
    ],
  },
  contactBack: {
    steps: [
      { does: "contact", name: "Here" },
      { does: "contact", action: "remove", isInMs: true },
      { does: "contact", name: "Here Again" },
    ],
  },
  /** Known by the BSUID alone at first. */
  phoneLater: {
    steps: [
      { does: "writes", as: "a", bsuidOnly: true },
      { does: "ownerWrites", of: "a", bsuidOnly: true },
      { does: "contact", name: "No Phone Yet", bsuidOnly: true },
      { does: "writes" },
      { does: "contact", name: "Phone Known" },
    ],
  },
  bsuidOnly: {
    steps: [
      { does: "writes", as: "a", bsuidOnly: true },
      { does: "ownerWrites", type: "image", bsuidOnly: true },
      { does: "reacts", of: "a", bsuidOnly: true },
    ],
  },
  numberChanged: {
    steps: [
      { does: "writes", as: "a" },
      { does: "ownerWrites" },
      { does: "moves" },
      { does: "writes", of: "a" },
    ],
  },
  bsuidRotated: {
    steps: [{ does: "writes" }, { does: "rotates" }, { does: "writes" }, { does: "ownerWrites" }],
  },
  bsuidRotatedUnseen: {
    steps: [
      { does: "writes", bsuidOnly: true },
      { does: "rotates" },
      { does: "writes", bsuidOnly: true },
    ],
  },
  /** The last that is heard is the change itself. */
  numberChangedLast: { steps: [{ does: "writes" }, { does: "ownerWrites" }, { does: "moves" }] },
  bsuidRotatedLast: { steps: [{ does: "writes" }, { does: "ownerWrites" }, { does: "rotates" }] },
  brazilian: { country: "BR", steps: spelled },
  mexican: { country: "MX", steps: spelled },
  argentine: { country: "AR", steps: spelled },
  /** 131060, and for once the content after all. */
  contentLater: {
    steps: [
      { does: "hides", as: "a" },
      { does: "ownerWrites", body: "I can see it on the phone" },
      { does: "writes", as: "a", body: "So here it is again" },
    ],
  },
  contentNever: { steps: [{ does: "hides" }, { does: "ownerWrites" }] },
  corrected: {
    steps: [
      { does: "writes", as: "a" },
      { does: "edits", of: "a", body: "Corrected once" },
      { does: "edits", of: "a", body: "Corrected twice" },
      { does: "writes", as: "b" },
      { does: "revokes", of: "b" },
    ],
  },
  echoCorrected: {
    steps: [
      { does: "writes", as: "q" },
      { does: "ownerWrites", as: "a", of: "q" },
      { does: "ownerEdits", of: "a", body: "Tomorrow, I meant" },
      { does: "ownerWrites", as: "b", type: "document" },
      { does: "ownerRevokes", of: "b" },
      { does: "reacts", of: "a" },
    ],
  },
  /** Quotes, reactions, edits and revokes that name their message by another id of it. */
  severalWamids: {
    steps: [
      { does: "writes", as: "a" },
      { does: "ownerWrites", as: "b", of: "a", byOtherWamid: true },
      { does: "reacts", of: "b", byOtherWamid: true },
      { does: "edits", of: "a", byOtherWamid: true, body: "Under another name" },
      { does: "ownerRevokes", of: "b", byOtherWamid: true },
    ],
  },
  media: {
    steps: [
      { does: "writes", type: "image", body: "Like this one" },
      { does: "writes", type: "audio" },
      { does: "ownerWrites", type: "video" },
      { does: "writes", type: "sticker" },
    ],
  },
  /** A status ladder; `delivered` may be skipped, `failed` ends it. */
  told: {
    steps: [
      { does: "ownerWrites", as: "a" },
      { does: "status", of: "a", status: "sent" },
      { does: "status", of: "a", status: "delivered" },
      { does: "status", of: "a", status: "read" },
      { does: "ownerWrites", as: "b", type: "audio" },
      { does: "status", of: "b", status: "sent" },
      { does: "status", of: "b", status: "played" },
      { does: "ownerWrites", as: "c" },
      { does: "status", of: "c", status: "sent" },
      { does: "status", of: "c", status: "failed" },
    ],
  },
} as const satisfies Record<string, Episode>;

export type EpisodeName = keyof typeof EPISODES;
const names = Object.keys(EPISODES) as [EpisodeName, ...EpisodeName[]];

/** Scenarios of live traffic with a name. */
export const LIVE_PRESETS = {
  contacts: ["contactEdited", "contactRemoved", "contactBack", "phoneLater"],
  identity: [
    "phoneLater",
    "bsuidOnly",
    "numberChanged",
    "numberChangedLast",
    "bsuidRotated",
    "bsuidRotatedUnseen",
    "bsuidRotatedLast",
  ],
  spellings: ["brazilian", "mexican", "argentine"],
  unavailable: ["contentLater", "contentNever"],
  changes: ["corrected", "echoCorrected", "severalWamids"],
  media: ["media"],
  statuses: ["told"],
  everything: names,
} as const satisfies Record<string, readonly EpisodeName[]>;

export type LivePreset = keyof typeof LIVE_PRESETS;
const presets = Object.keys(LIVE_PRESETS) as [LivePreset, ...LivePreset[]];

export const liveScenarioSchema = z.strictObject({
  /** The name of a preset, or episodes one by one. */
  episodes: z.union([z.enum(presets), z.array(z.enum(names)).min(1)]).default("everything"),
  /** How many customers live through each. */
  customersEach: z.number().int().min(1).max(1_000).default(1),
  /** When the first of them begins, simulated epoch ms; by default now. */
  startsAt: z.number().optional(),
  /** Which customers they are, and how their stories lie across each other. */
  seed: z.number().int().default(1),
});

export type LiveScenario = z.input<typeof liveScenarioSchema>;
