import { Hono } from "hono";
import type { AppContext } from "../env.ts";

/** Whether this Worker runs with all of its settings; says nothing about anybody's data. */
export const healthRoutes = new Hono<AppContext>().get("/", (c) => c.json({ ok: true }));
