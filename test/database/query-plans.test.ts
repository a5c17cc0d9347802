import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import * as appendEvents from "../../src/database/append-events.ts";
import * as conversions from "../../src/database/conversions.ts";
import * as copyRows from "../../src/database/copy-rows.ts";
import * as customerNames from "../../src/database/customer-names.ts";
import * as endpoints from "../../src/database/endpoints.ts";
import * as eraseCustomerRows from "../../src/database/erase-customer-rows.ts";
import * as eraseSenderRows from "../../src/database/erase-sender-rows.ts";
import * as forgetLeftOver from "../../src/database/forget-left-over.ts";
import * as history from "../../src/database/history.ts";
import * as knownWamids from "../../src/database/known-wamids.ts";
import * as linkChanges from "../../src/database/link-changes.ts";
import { EXAMPLES } from "../../src/events/examples.ts";
import * as looseChanges from "../../src/database/loose-changes.ts";
import * as media from "../../src/database/media.ts";
import * as mergeCustomers from "../../src/database/merge-customers.ts";
import * as messageRetention from "../../src/database/message-retention.ts";
import * as outgoingMedia from "../../src/database/outgoing-media.ts";
import * as oversize from "../../src/database/oversize.ts";
import * as partnerLog from "../../src/database/partner-log.ts";
import * as positions from "../../src/database/positions.ts";
import * as projections from "../../src/database/projections.ts";
import * as pruneEvents from "../../src/database/prune-events.ts";
import * as readAdClicks from "../../src/database/read-ad-clicks.ts";
import * as readConsole from "../../src/database/read-console.ts";
import * as readContacts from "../../src/database/read-contacts.ts";
import * as readConversations from "../../src/database/read-conversations.ts";
import * as readCustomers from "../../src/database/read-customers.ts";
import * as readEndpointEvents from "../../src/database/read-endpoint-events.ts";
import * as readEvents from "../../src/database/read-events.ts";
import * as readMessages from "../../src/database/read-messages.ts";
import * as readMetrics from "../../src/database/read-metrics.ts";
import * as readNotices from "../../src/database/read-notices.ts";
import * as readTargets from "../../src/database/read-targets.ts";
import * as readTraffic from "../../src/database/read-traffic.ts";
import * as readTroubles from "../../src/database/read-troubles.ts";
import * as readUsage from "../../src/database/read-usage.ts";
import * as storeFacts from "../../src/database/store-facts.ts";
import * as storePage from "../../src/database/store-page.ts";
import * as storeStatuses from "../../src/database/store-statuses.ts";
import * as syncs from "../../src/database/syncs.ts";
import { recordStatements } from "../support/recording-database.ts";
import type { HistoryItems } from "../../src/meta/history-split.ts";
import type { Recorded } from "../support/recording-database.ts";

/** Calls that together prepare every statement of a function. */
type Calls = (database: D1Database) => unknown[];
/** A function of these modules that makes no statement but a part of one: it is used by others. */
const PART_OF_OTHERS = "part of others";

/** Every function that a module exports: one that is left out does not compile, and fails below. */
type CallsOf<Module> = {
  [Name in keyof Module as Module[Name] extends (...args: never[]) => unknown ? Name : never]:
    | Calls
    | typeof PART_OF_OTHERS;
};
const callsOf = <Module extends object>(module: Module, calls: CallsOf<Module>) => ({
  module,
  calls: calls as Record<string, Calls | typeof PART_OF_OTHERS>,
});

const CONVERSION = {
  id: "c",
  customer: "1",
  ctwaClid: "x",
  name: "Purchase",
  at: 1,
  currency: "EUR",
  value: 1,
  customData: null,
  detectedIn: null,
  testEventCode: null,
  digest: "d",
  createdAt: 1,
};
const OWNER = { partner: "p", sender: 1, senderId: "100" };
const FILTER = { since: 1, until: 9, direction: "inbound", type: "text" } as const;
const FILE = { mimeType: "image/png", bytes: 7, sha256: null };
const CHUNK = {
  chunk: "c",
  generation: 1,
  kind: "chunk",
  phase: 0,
  chunkOrder: 1,
  progress: 50,
  messages: 1,
  pages: 1,
} as const;

const ENDPOINT = {
  id: "e",
  partner: "p",
  url: "https://hooks.example.net/",
  description: null,
  format: "native",
  begins: {},
  types: null,
  senders: null,
  ordered: true,
  maxPerSecond: null,
  secret: { v: 1, kid: "k", iv: "i", ct: "c" },
  previousSecret: null,
  previousUntil: null,
  state: "enabled",
  stateReason: null,
  stateAt: 1,
  failingSince: null,
  lastError: null,
  createdAt: 1,
} as const;

/** One row of every kind, so that every statement of a flush is made. */
const FACTS = Object.fromEntries(
  [
    "messages",
    "media",
    "statuses",
    "changes",
    "customers",
    "aliases",
    "contacts",
    "conversations",
    "notices",
    "preferences",
    "unrouted",
  ].map((kind) => [kind, [{ n: 1, customer: "1" }]]),
) as unknown as storeFacts.FactRows;

/** An item of every kind. */
const ITEMS = {
  messages: [{ wamid: "w", customer: "1", at: 1, type: "text", direction: "inbound", body: {} }],
  media: [{ wamid: "w", customer: "1", type: "image", mediaId: "m" }],
  changes: [{ wamid: "x", customer: "1", at: 1, editedAt: 1, patterns: ["a", "b", "c"] }],
  customers: [{ customer: "1", phone: "1" }],
  unusable: [{ id: "u", reason: "r", raw: "{}" }],
} as unknown as HistoryItems;
const PAGE = { items: ITEMS, messagesJson: JSON.stringify(ITEMS.messages) };

const ERASED = { partner: "p", sender: 1, until: 1, at: 1 };
const ERASED_NAMES = {
  asked: "1",
  keys: ["1"],
  names: [{ name: "1", from: 0, until: 1 }],
  wamids: ["w"],
};

const MODULES = {
  "append-events": callsOf(appendEvents, {
    appendEvents: (database) => [
      appendEvents.appendEvents(database, OWNER, [
        { id: "e", type: "contacts.imported", at: 1, data: { changes: 1 } },
      ]),
    ],
    hasAdded: PART_OF_OTHERS,
  }),
  "copy-rows": callsOf(copyRows, {
    copyRows: (database) =>
      copyRows.MOVED_TABLES.map((table) =>
        copyRows.copyRows(database, database, table, 1, '["0","0","0"]'),
      ),
    countRows: (database) => [copyRows.countRows(database, 1)],
    readHead: (database) => [copyRows.readHead(database, 1)],
    writeHead: (database) => [copyRows.writeHead(database, 1, { fence: 1, seq: 1 })],
    openSender: (database) => [copyRows.openSender(database, 1, 1)],
    copyEventMarks: (database) => [
      copyRows.copyEventMarks(database, database, { partner: "p", sender: 1, since: 1 }, 0),
    ],
    forgetEventMarks: (database) => [copyRows.forgetEventMarks(database, "p", 1, 1)],
  }),
  "erase-customer-rows": callsOf(eraseCustomerRows, {
    listFreshWamids: (database) => [eraseCustomerRows.listFreshWamids(database, 1, ["1"], 1)],
    listProfileNames: (database) => [eraseCustomerRows.listProfileNames(database, 1, ["1"])],
    eraseCustomerEvents: (database) => [
      eraseCustomerRows.eraseCustomerEvents(database, ERASED, ERASED_NAMES, 0),
    ],
    eraseSenderEvents: (database) => [eraseCustomerRows.eraseSenderEvents(database, ERASED, 0)],
    listErasable: (database) => [eraseCustomerRows.listErasable(database, 1, ERASED_NAMES, 1, 10)],
    deleteMessages: (database) => [eraseCustomerRows.deleteMessages(database, 1, ["w"], 1, 1)],
    listErasedFiles: (database) => [eraseCustomerRows.listErasedFiles(database, 1, 10)],
    deleteFileRows: (database) => [eraseCustomerRows.deleteFileRows(database, 1, ["w"])],
    deleteCustomerRows: (database) => [
      eraseCustomerRows.deleteCustomerRows(database, 1, ERASED_NAMES, 1),
    ],
    deleteKeptByOthers: (database) => [
      eraseCustomerRows.deleteKeptByOthers(database, [2], ERASED_NAMES, 1),
    ],
    deleteLeftOver: (database) => [
      eraseCustomerRows.deleteLeftOver(database, 1, "100", ERASED_NAMES),
    ],
  }),
  "erase-sender-rows": callsOf(eraseSenderRows, {
    blankSender: (database) => [eraseSenderRows.blankSender(database, 1, 1)],
    readSuccession: (database) => [eraseSenderRows.readSuccession(database, 1, "100")],
    shutSender: (database) => [eraseSenderRows.shutSender(database, 1)],
    deleteRows: (database) =>
      eraseSenderRows.ERASED_TABLES.map((table) => eraseSenderRows.deleteRows(database, table, 1)),
    deleteOfRegistry: (database) => [
      eraseSenderRows.deleteOfRegistry(database, { key: 1, partner: "p", senderId: "100" }),
    ],
  }),
  "forget-left-over": callsOf(forgetLeftOver, {
    listUnroutedOf: (database) => [
      forgetLeftOver.listUnroutedOf(
        database,
        { key: 1, senderId: "100", others: [2], before: 1 },
        10,
      ),
    ],
    listUnroutedItem: (database) => [forgetLeftOver.listUnroutedItem(database, "u")],
    listOldUnrouted: (database) => [forgetLeftOver.listOldUnrouted(database, 1, 10)],
    deleteUnroutedItems: (database) => [forgetLeftOver.deleteUnroutedItems(database, ["u"])],
    pruneDeadLetters: (database) => [forgetLeftOver.pruneDeadLetters(database, 1, 10)],
    pruneSignups: (database) => [forgetLeftOver.pruneSignups(database, 1, 10)],
    pruneAudit: (database) => [forgetLeftOver.pruneAudit(database, 1, 10)],
  }),
  "known-wamids": callsOf(knownWamids, {
    listKnownWamids: (database) => [
      knownWamids.listKnownWamids(database, 1, [
        { wamid: "w", customer: "1", at: 1, patterns: ["a"] },
      ]),
    ],
  }),
  "message-retention": callsOf(messageRetention, {
    listOldMessages: (database) => [messageRetention.listOldMessages(database, 1, "", 1, 10)],
    deleteOldConversations: (database) => [
      messageRetention.deleteOldConversations(database, 1, ["1"], 1),
    ],
  }),
  oversize: callsOf(oversize, {
    listOversize: (database) => [
      oversize.listOversize(database, [1], false, ""),
      oversize.listOversize(database, [1, 2], true, "x"),
    ],
    forgetOversize: (database) => [oversize.forgetOversize(database, "u")],
  }),
  conversions: callsOf(conversions, {
    intendConversion: (database) => [conversions.intendConversion(database, 1, CONVERSION)],
    settleConversion: (database) => [
      conversions.settleConversion(database, 1, "c", { state: "reported", error: null, at: 1 }),
    ],
    findConversion: (database) => [conversions.findConversion(database, 1, "c")],
    listConversions: (database) => [
      conversions.listConversions(database, 1, { after: null, filter: {}, limit: 10 }),
    ],
    giveUpIntents: (database) => [conversions.giveUpIntents(database, 1, {}, 1)],
  }),
  "customer-names": callsOf(customerNames, {
    otherSpelling: PART_OF_OTHERS,
    sharedSpelling: PART_OF_OTHERS,
    withPerson: PART_OF_OTHERS,
    readProfiles: (database) => [customerNames.readProfiles(database, 1, ["1"])],
    listPersons: (database) => [customerNames.listPersons(database, 1, null, 10)],
    listKeys: (database) => [customerNames.listKeys(database, 1, "1")],
    findPerson: (database) => [customerNames.findPerson(database, 1, ["1"])],
  }),
  endpoints: callsOf(endpoints, {
    insertEndpoint: (database) => [endpoints.insertEndpoint(database, ENDPOINT, 20)],
    findEndpoint: (database) => [endpoints.findEndpoint(database, "e")],
    listEndpoints: (database) => [endpoints.listEndpoints(database, "p")],
    listAllEndpoints: (database) => [endpoints.listAllEndpoints(database, "", 9)],
    listEndpointsInTrouble: (database) => [endpoints.listEndpointsInTrouble(database, 9)],
    listOpenEndpoints: (database) => [endpoints.listOpenEndpoints(database, "p")],
    listOpenEndpointsOf: (database) => [endpoints.listOpenEndpointsOf(database, ["p"], "", 9)],
    listUnsettled: (database) => [endpoints.listUnsettled(database, "", 9)],
    markConfigured: (database) => [endpoints.markConfigured(database, "e", 1)],
    updateEndpoint: (database) => [endpoints.updateEndpoint(database, "e", { url: "u" }, 1)],
    replaceSecret: (database) => [endpoints.replaceSecret(database, "e", ENDPOINT.secret, 1)],
    markRemoving: (database) => [endpoints.markRemoving(database, "e", 1)],
    deleteEndpoint: (database) => [endpoints.deleteEndpoint(database, "e")],
    projectEndpoint: (database) => [
      endpoints.projectEndpoint(database, "e", { failingSince: null, lastError: null }),
    ],
    listStrangers: (database) => [endpoints.listStrangers(database, "p", ["1"])],
  }),
  history: callsOf(history, {
    findChunkGeneration: (database) => [history.findChunkGeneration(database, 1, "c")],
    saveChunk: (database) => [history.saveChunk(database, 1, CHUNK, 1)],
    readLedger: (database) => [history.readLedger(database, 1, 1)],
    listChunks: (database) => [history.listChunks(database, 1, 1, { after: null, limit: 10 })],
    readImport: (database) => [history.readImport(database, 1, 1)],
  }),
  "link-changes": callsOf(linkChanges, {
    canonicalKey: PART_OF_OTHERS,
    keysOf: PART_OF_OTHERS,
    holdsToken: PART_OF_OTHERS,
    storeChanges: PART_OF_OTHERS,
    nameTargets: PART_OF_OTHERS,
    seekLooseChanges: PART_OF_OTHERS,
    areLooseChanges: PART_OF_OTHERS,
    takeLooseChanges: PART_OF_OTHERS,
  }),
  "loose-changes": callsOf(looseChanges, {
    pruneLooseChanges: (database) => [looseChanges.pruneLooseChanges(database, 1, 10)],
  }),
  media: callsOf(media, {
    wantMedia: PART_OF_OTHERS,
    listWanted: PART_OF_OTHERS,
    claimMedia: (database) => [media.claimMedia(database, 1, "w", 1, 2)],
    listMediaCustomers: (database) => [media.listMediaCustomers(database, 1, ["w"])],
    findDueAt: (database) => [media.findDueAt(database, 1, "w")],
    findMediaOf: (database) => [media.findMediaOf(database, 1, "w")],
    listDueMedia: (database) => [media.listDueMedia(database, 1, 10)],
    listStoredBefore: (database) => [media.listStoredBefore(database, 1, 1, 10)],
    markStored: (database) => [media.markStored(database, 1, "w", FILE, 1)],
    markUnavailable: (database) => [media.markUnavailable(database, 1, "w", "m", "absent")],
    postponeMedia: (database) => [
      media.postponeMedia(database, 1, { wamid: "w", mediaId: "m", refusals: 0 }, "r", 1),
    ],
    markDeleted: (database) => [media.markDeleted(database, 1, ["w"], "partner", 1)],
    endDeletion: (database) => [media.endDeletion(database, 1, ["w"])],
  }),
  "merge-customers": callsOf(mergeCustomers, {}),
  "outgoing-media": callsOf(outgoingMedia, {
    noteUpload: (database) => [
      outgoingMedia.noteUpload(database, { sender: 1, media: "m", type: "t", bytes: 1, at: 1 }),
    ],
    findUploader: (database) => [outgoingMedia.findUploader(database, "p", "m")],
    pruneUploads: (database) => [outgoingMedia.pruneUploads(database, 1)],
    forgetUpload: (database) => [outgoingMedia.forgetUpload(database, "p", "m")],
  }),
  "partner-log": callsOf(partnerLog, {
    partnerKey: PART_OF_OTHERS,
    ownerOfPartner: PART_OF_OTHERS,
    tellPartner: (database) => [
      partnerLog.tellPartner(database, "p", [
        { id: "e", type: "endpoint.disabled", at: 1, data: EXAMPLES["endpoint.disabled"] },
      ]),
    ],
  }),
  positions: callsOf(positions, {
    readHeads: (database) => [positions.readHeads(database, ["p"])],
    readHead: (database) => [positions.readHead(database, "p")],
    positionBefore: (database) => [positions.positionBefore(database, "p", 1)],
    listActivePartners: (database) => [positions.listActivePartners(database, 1, 9)],
  }),
  projections: callsOf(projections, {
    projectState: (database) => [
      projections.projectState(database, 1, { phase: "active", reason: null, at: 1 }),
    ],
    projectBlock: (database) => [projections.projectBlock(database, 1, null, 1)],
    completeContacts: (database) => [projections.completeContacts(database, 1, 1, 1)],
    noteContacts: (database) => [projections.noteContacts(database, 1, 1, 1)],
  }),
  "prune-events": callsOf(pruneEvents, {
    listPrunable: (database) => [pruneEvents.listPrunable(database, 1, 10)],
    pruneEvents: (database) => [pruneEvents.pruneEvents(database, "p", 1)],
  }),
  "read-contacts": callsOf(readContacts, {
    countContacts: (database) => [readContacts.countContacts(database, 1)],
    listContacts: (database) => [readContacts.listContacts(database, 1, "", 10)],
  }),
  "read-conversations": callsOf(readConversations, {
    listConversations: (database) =>
      (["newest", "person"] as const).map((order) =>
        readConversations.listConversations(database, 1, { order, after: null, limit: 10 }),
      ),
  }),
  "read-customers": callsOf(readCustomers, {
    readPreferences: (database) => [
      readCustomers.readPreferences(database, 1, [{ person: "1", keys: ["1"] }]),
    ],
    readHumanReplies: (database) => [
      readCustomers.readHumanReplies(database, 1, [{ person: "1", keys: ["1"] }]),
    ],
  }),
  "read-notices": callsOf(readNotices, {
    listNotices: (database) => [
      readNotices.listNotices(database, 1, { after: null, filter: {}, limit: 10 }),
    ],
  }),
  "read-events": callsOf(readEvents, {
    readEvents: (database) => [
      readEvents.readEvents(database, {
        partner: "p",
        after: 0,
        types: ["message.received"],
        senders: ["310"],
        limit: 10,
      }),
    ],
    listLifeEvents: (database) => [readEvents.listLifeEvents(database, 1, null, 10)],
  }),
  "read-endpoint-events": callsOf(readEndpointEvents, {
    readEventAt: (database) => [readEndpointEvents.readEventAt(database, "p", 1)],
    positionSince: (database) => [readEndpointEvents.positionSince(database, "p", 1, 9)],
    readSpan: (database) => [
      readEndpointEvents.readSpan(database, {
        partner: "p",
        after: 0,
        upTo: 10,
        since: 0,
        until: 10,
        types: ["message.received"],
        senders: ["310"],
        limit: 10,
      }),
    ],
  }),
  "read-messages": callsOf(readMessages, {
    listConversation: (database) =>
      (["asc", "desc"] as const).flatMap((order) =>
        [null, { at: 1, wamid: "w" }].map((after) => {
          const page = { order, after, filter: FILTER, limit: 10 };
          return readMessages.listConversation(database, 1, "1", page);
        }),
      ),
    listAllMessages: (database) => [
      readMessages.listAllMessages(database, 1, { after: "", filter: FILTER, limit: 10 }),
    ],
    findMessage: (database) => [
      readMessages.findMessage(database, 1, { wamid: "w" }),
      readMessages.findMessage(database, 1, { send: "s" }),
    ],
  }),
  "read-targets": callsOf(readTargets, {
    findTargets: (database) => {
      const ref = { speaker: "s", wamid: "w", customer: "1", at: 1, patterns: ["a", "b", "c"] };
      return [readTargets.findTargets(database, 1, [ref])];
    },
  }),
  "read-ad-clicks": callsOf(readAdClicks, {
    findAdClicks: (database) => [
      readAdClicks.findAdClicks(database, 1, [{ person: "1", keys: ["1"] }]),
    ],
  }),
  "read-console": callsOf(readConsole, {
    searchSenders: (database) => [
      readConsole.searchSenders(database, { view: "all", search: "", before: null, limit: 9 }),
    ],
    findListedSender: (database) => [readConsole.findListedSender(database, 1)],
    listSendersInTrouble: (database) => [readConsole.listSendersInTrouble(database, 9)],
    countSendersByState: (database) => [readConsole.countSendersByState(database)],
    listPartners: (database) => [readConsole.listPartners(database)],
    findPartner: (database) => [readConsole.findPartner(database, "p")],
    listSignups: (database) => [
      readConsole.listSignups(database, { before: null, stopped: true, limit: 9 }),
    ],
    findSignup: (database) => [readConsole.findSignup(database, "s")],
    listTroubledSyncs: (database) => [readConsole.listTroubledSyncs(database, 1, 9)],
    countWaiting: (database) => [readConsole.countWaiting(database, 1)],
    countMedia: (database) => [readConsole.countMedia(database, 1)],
    listProgress: (database) => [readConsole.listProgress(database, [{ key: 1, generation: 1 }])],
  }),
  "read-traffic": callsOf(readTraffic, {
    readTraffic: (database) => [readTraffic.readTraffic(database, "p", 1, 1)],
    readDeliveries: (database) => [readTraffic.readDeliveries(database, "p", 1, 9)],
    listFailures: (database) => [readTraffic.listFailures(database, "p", 1, 9)],
  }),
  "read-metrics": callsOf(readMetrics, {
    countSenders: (database) => [readMetrics.countSenders(database)],
    listToLookAt: (database) => [readMetrics.listToLookAt(database, 9)],
    countEndpoints: (database) => [readMetrics.countEndpoints(database)],
    listEndpointsToLookAt: (database) => [readMetrics.listEndpointsToLookAt(database, 9)],
    countSyncs: (database) => [readMetrics.countSyncs(database)],
    countMediaWork: (database) => [readMetrics.countMediaWork(database, 1)],
    countUnrouted: (database) => [readMetrics.countUnrouted(database)],
    countEventsSince: (database) => [
      readMetrics.countEventsSince(database, { hour: 2, day: 1 }, 9),
    ],
  }),
  "read-troubles": callsOf(readTroubles, {
    countDeadLettersBySource: (database) => [readTroubles.countDeadLettersBySource(database)],
    listStalledSyncs: (database) => [readTroubles.listStalledSyncs(database, 9)],
    listGivenUpEndpoints: (database) => [readTroubles.listGivenUpEndpoints(database, 9)],
    oldestDueMedia: (database) => [readTroubles.oldestDueMedia(database)],
  }),
  "read-usage": callsOf(readUsage, {
    listUsage: (database) => [readUsage.listUsage(database, 1, { from: "a", to: "b" })],
    sumUsage: (database) => [
      readUsage.sumUsage(database, 1, { from: "a", to: "b" }, { category: "c", type: "t" }),
    ],
  }),
  "store-facts": callsOf(storeFacts, {
    storeFacts: (database) => [storeFacts.storeFacts(database, 1, FACTS)],
    takeChanges: (database) => [storeFacts.takeChanges(database, 1, FACTS.messages)],
  }),
  "store-page": callsOf(storePage, {
    emptyItems: PART_OF_OTHERS,
    storePage: (database) => [
      storePage.storePage(database, 1, { chunk: "c", page: 0, pages: 1 }, PAGE, 1),
    ],
  }),
  "store-statuses": callsOf(storeStatuses, {}),
  syncs: callsOf(syncs, {
    openSync: PART_OF_OTHERS,
    selectSync: PART_OF_OTHERS,
    findSync: (database) => [syncs.findSync(database, 1, 1, "history")],
    claimSync: (database) => [syncs.claimSync(database, 1, 1, "history", 1)],
    releaseSync: (database) => [syncs.releaseSync(database, 1, 1, "history")],
    noteNotRequested: (database) => [syncs.noteNotRequested(database, 1, 1, "history")],
    noteSyncAnswer: (database) => [
      syncs.noteSyncAnswer(database, 1, 1, "history", { state: "requested" }),
    ],
    moveSync: (database) => [syncs.moveSync(database, 1, 1, "history", "complete", 1)],
    listOpenSyncs: (database) => [syncs.listOpenSyncs(database, "history", 0, 10)],
    listGenerations: (database) => [syncs.listGenerations(database, 1)],
  }),
};

/** Modules of the folder that are not held to it, each with the reason. */
const OTHER_MODULES: Record<string, string> = {
  "ad-click": "a part of a statement and an index",
  allocations: "the registry",
  "api-keys": "the registry",
  audit: "operators' deeds, which are few",
  datasets: "the registry",
  "dead-letters": "what failed for good, of which there is little",
  erasures: "the registry",
  "history-bodies": "the registry, by its key",
  "life-events": "a part of a statement and an index",
  marks: "a row for each sweep",
  "message-status": "no SQL",
  moves: "the registry",
  partners: "the registry",
  "remove-partner": "the registry",
  "permanent-error": "no SQL",
  placeholders: "a part of other statements",
  "read-size": "reads no row",
  refusals: "three rows a day, of operators' doors",
  schema: "the tables",
  sealed: "the registry, by key and in pages",
  "sender-tables": "no SQL",
  senders: "the registry",
  shards: "no SQL",
  "sign-in-attempts": "addresses of a day that failed to sign in",
  "signup-sessions": "the registry",
  unrouted: "lists for operators, of what could not be used",
};

/** Tables that grow with messages, events, conversations, customers or history. */
const GROWING = [
  "messages",
  "events",
  "media",
  "conversations",
  "customers",
  "customer_keys",
  "contacts",
  "history_chunks",
  "loose_changes",
  "usage",
  "unrouted",
  "syncs",
  "outgoing_media",
  "notices",
  "preferences",
  "conversions",
];

/** Tables that go along with a sender. */
const MOVED = copyRows.MOVED_TABLES.map(({ name }) => name).filter((name) =>
  GROWING.includes(name),
);

/** Walks that are right: in which function, through which tables (as it names them), and why. */
const RIGHT_WALKS: { by: string; tables: string[]; why: string }[] = [
  {
    by: "append-events.appendEvents",
    tables: ["events"],
    why: "max(pos) is the last entry of the key: one row is read",
  },
  {
    by: "partner-log.tellPartner",
    tables: ["events"],
    why: "the same",
  },
  {
    by: "customer-names.listPersons",
    tables: ["t", "customer_keys"],
    why: "an export: all customers, sorted by a spelling that no key has",
  },
  {
    by: "copy-rows.countRows",
    tables: MOVED,
    why: "a move counts both sides once, before it switches",
  },
  {
    by: "erase-customer-rows.listErasable",
    tables: ["m"],
    why: "all of a customer's are to go, some at a time",
  },
  {
    by: "erase-customer-rows.listErasedFiles",
    tables: ["media"],
    why: "at the end of an erasure, files of messages that are gone",
  },
  {
    by: "erase-customer-rows.deleteCustomerRows",
    tables: ["loose_changes", "unrouted"],
    why: "an erasure, in tables that hold few and are swept",
  },
  {
    by: "erase-customer-rows.deleteLeftOver",
    tables: ["unrouted"],
    why: "the same",
  },
  {
    by: "erase-sender-rows.deleteRows",
    tables: MOVED.filter((table) => table !== "usage"),
    why: "all of the sender's are to go, some at a time",
  },
  {
    by: "erase-sender-rows.deleteOfRegistry",
    tables: ["outgoing_media"],
    why: "once, when a sender is erased: uploads of 30 days",
  },
  {
    by: "erase-customer-rows.deleteKeptByOthers",
    tables: ["unrouted"],
    why: "an erasure, where the number was another partner's too",
  },
  {
    by: "forget-left-over.listUnroutedOf",
    tables: ["unrouted"],
    why: "when a sender is erased: what was left over",
  },
  {
    by: "forget-left-over.listOldUnrouted",
    tables: ["unrouted"],
    why: "once a day, what nobody could use: an index by time is a billed row each",
  },
  {
    by: "history.readLedger",
    tables: ["history_chunks"],
    why: "the whole ledger is asked for: some chunks a generation",
  },
  {
    by: "history.listChunks",
    tables: ["history_chunks"],
    why: "the same ledger, in the order in which it came",
  },
  {
    by: "history.readImport",
    tables: ["history_chunks"],
    why: "the same, with each body that is stored",
  },
  {
    by: "loose-changes.pruneLooseChanges",
    tables: ["loose_changes"],
    why: "once a day, the few whose message has not come",
  },
  {
    by: "outgoing-media.pruneUploads",
    tables: ["outgoing_media"],
    why: "once a day, the uploads of 30 days",
  },
  {
    by: "read-console.countMedia",
    tables: ["media"],
    why: "a count, while an operator looks at the sender",
  },
  {
    by: "read-console.countWaiting",
    tables: ["unrouted"],
    why: "a count of what nobody could use, on the operators' first page",
  },
  {
    by: "read-console.listProgress",
    tables: ["h"],
    why: "a row for each chunk, while an operator looks",
  },
  {
    by: "read-console.listTroubledSyncs",
    tables: ["syncs"],
    why: "two rows for each onboarding",
  },
  {
    by: "read-metrics.countSyncs",
    tables: ["syncs"],
    why: "a count of two rows for each onboarding, while somebody looks",
  },
  {
    by: "read-metrics.countMediaWork",
    tables: ["media"],
    why: "counts, each along an index of its own and up to 10,000",
  },
  {
    by: "read-metrics.countUnrouted",
    tables: ["unrouted"],
    why: "a count up to 10,000, while somebody looks",
  },
  {
    by: "read-troubles.listStalledSyncs",
    tables: ["syncs"],
    why: "two rows for each onboarding, once a minute",
  },
  {
    by: "read-contacts.countContacts",
    tables: ["contacts"],
    why: "a count, asked for by hand and at the end of a dump",
  },
  {
    by: "read-conversations.listConversations",
    tables: ["t"],
    why: "heads are sorted: an index by time is a billed row a message",
  },
  {
    by: "store-facts.storeFacts",
    tables: ["l"],
    why: "changes whose message has not come: few, of 30 days",
  },
  { by: "store-facts.takeChanges", tables: ["l", "loose_changes"], why: "the same" },
  { by: "store-page.storePage", tables: ["l", "loose_changes"], why: "the same" },
  { by: "syncs.listGenerations", tables: ["syncs"], why: "two rows for each onboarding" },
];

async function planOf({ sql, values }: Recorded): Promise<string[]> {
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...values)
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail);
}

/**
 * Steps of a plan that read all that there is, or all that a sender, a partner or a conversation has.
 * SQLite names a table by its alias, so the statement is asked which names are tables that grow.
 */
function walksOf(sql: string, steps: string[]): { table: string; step: string }[] {
  const tables = new RegExp(`\\b(${GROWING.join("|")})\\b(?:\\s+(?:AS\\s+)?(\\w+))?`, "g");
  const names = new Set([...sql.matchAll(tables)].flatMap(([, table, alias]) => [table, alias]));
  return steps.flatMap((step) => {
    const [, verb, table = ""] = /^(SCAN|SEARCH) (\w+)/.exec(step) ?? [];
    if (!names.has(table) || step.includes("VIRTUAL TABLE")) return [];
    const walks =
      verb === "SCAN" ||
      step.includes("AUTOMATIC") ||
      /\((sender|partner)=\?\)/.test(step) ||
      /messages_conversation \(sender=\? AND customer=\?\)/.test(step);
    return walks ? [{ table, step }] : [];
  });
}

/** Runs a call for real, on a database that notes what is prepared. */
async function walksOfCall(by: string, call: Calls) {
  const { database, statements } = recordStatements(env.DB);
  await Promise.all(call(database).flat());
  expect(statements, by).not.toEqual([]);
  const walks = statements.map(async (statement) => {
    const found = walksOf(statement.sql, await planOf(statement));
    return found.map((walk) => ({ by, sql: statement.sql, ...walk }));
  });
  return (await Promise.all(walks)).flat();
}

describe("the statements of the database", () => {
  it("reach rows by their keys: none walks through all of a table, a sender or a conversation", async () => {
    const walks: Awaited<ReturnType<typeof walksOfCall>> = [];
    for (const [module, { calls }] of Object.entries(MODULES)) {
      for (const [name, call] of Object.entries(calls)) {
        if (call !== PART_OF_OTHERS) walks.push(...(await walksOfCall(`${module}.${name}`, call)));
      }
    }
    const right = RIGHT_WALKS.flatMap(({ by, tables }) => tables.map((table) => `${by} ${table}`));
    const wrong = walks.filter(({ by, table }) => !right.includes(`${by} ${table}`));
    expect(wrong).toEqual([]);
    // What is named here and no longer walks is to be taken out.
    const seen = new Set(walks.map(({ by, table }) => `${by} ${table}`));
    expect(right.filter((walk) => !seen.has(walk))).toEqual([]);
  });

  it("are all under that test: every module is, and every function of one", () => {
    const files = Object.keys(import.meta.glob("../../src/database/*.ts"));
    const modules = files.map((file) => file.replace(/^.*\/|\.ts$/g, ""));
    const known = [...Object.keys(MODULES), ...Object.keys(OTHER_MODULES)];
    expect(modules.toSorted()).toEqual(known.toSorted());
    for (const [name, { module, calls }] of Object.entries(MODULES)) {
      const functions = Object.entries(module).filter(([, value]) => typeof value === "function");
      const exported = functions.map(([of]) => of).toSorted();
      expect({ name, called: Object.keys(calls).toSorted() }).toEqual({ name, called: exported });
    }
  });

  it("would not pass it by walking: such a step is seen under any name of its table", async () => {
    const seen = async (sql: string) =>
      walksOf(sql, await planOf({ sql, values: [] })).map(({ step }) => step);
    expect(await seen(`SELECT m.body FROM messages m WHERE m.type = 'text'`)).toEqual(["SCAN m"]);
    expect(await seen(`SELECT * FROM events AS e WHERE e.partner = 'p' AND e.seq = 1`)).toEqual([
      "SEARCH e USING PRIMARY KEY (partner=?)",
    ]);
    expect(await seen(`UPDATE messages SET type = 'x' WHERE sender = 1 AND at = 1`)).toEqual([
      "SEARCH messages USING PRIMARY KEY (sender=?)",
    ]);
    const thread = `FROM messages WHERE sender = 1 AND customer = '1'`;
    expect(await seen(`SELECT count(*) ${thread}`)).toHaveLength(1);
    expect(await seen(`SELECT count(*) ${thread} AND at > 1`)).toEqual([]);
    expect(await seen(`SELECT body FROM messages WHERE sender = 1 AND wamid = 'w'`)).toEqual([]);
    expect(await seen(`SELECT m.value FROM json_each('[]') m`)).toEqual([]);
  });
});
