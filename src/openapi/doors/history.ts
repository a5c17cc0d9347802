import { chunk, redrive, sync, usage } from "../../routes/shapes/sync.ts";
import { listOf } from "../../routes/shapes/fits.ts";
import type { Doors } from "../door.ts";

export const historyDoors: Doors = {
  "GET /v1/senders/:id/sync": {
    id: "readSync",
    tag: "History",
    summary: "How far contacts and history are",
    answers: { 200: sync },
  },
  "GET /v1/senders/:id/sync/chunks": {
    id: "listSyncChunks",
    tag: "History",
    summary: "List what Meta delivered of the history",
    answers: { 200: listOf(chunk) },
  },
  "POST /v1/senders/:id/sync/redrive": {
    id: "redriveSync",
    tag: "History",
    summary: "Store again what is in the archive and not stored",
    answers: { 202: redrive },
  },
  "GET /v1/senders/:id/usage": {
    id: "readUsage",
    tag: "History",
    summary: "Delivered messages by day and price",
    description: "The present month unless told; at most 366 days. Days are the sender's own.",
    answers: { 200: usage },
    words: { from: "First day, `YYYY-MM-DD`.", to: "Last day, `YYYY-MM-DD`." },
  },
};
