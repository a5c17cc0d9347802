import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Hono } from "hono";
import { z } from "zod";
import { refuseLaunch } from "../rules/popup-launch.ts";
import type { World } from "../world.ts";
import { popupBehaviourSchema } from "./behaviour.ts";
import type { PopupBehaviour } from "./behaviour.ts";
import type { Dialog } from "./dialog.ts";
import { answerStep, handOver, leave, openDialog, report, shopsOf } from "./dialog.ts";
import type { Delivery } from "./plan-deliveries.ts";
import type { Plan } from "./screens.ts";
import { showElsewhere, showEnd, showRefusal, showStep } from "./screens.ts";

const SDK = readFileSync(join(import.meta.dirname, "client/sdk.js"), "utf8");

/** Meta's JS SDK, and the popup it opens (README.md: The popup). */
export function popupApp(world: World) {
  const dialogOf = (id: string): Dialog | undefined => world.popup.dialogs.get(id);

  const screen = (dialog: Dialog, problem: string | null = null) => {
    const isDone = dialog.step === "done";
    return showStep(
      dialog,
      shopsOf(world),
      {
        origin: dialog.origin,
        now: null,
        onLeave: leave(dialog),
        handOver: isDone ? `/popup/${dialog.id}/hand-over` : null,
        submitAfterMs: dialog.step === "wait" ? dialog.behaviour.waitMs : null,
      },
      problem,
    );
  };

  /** The popup ends: nothing more can be answered in it. */
  const end = (dialog: Dialog, deliveries: Delivery[]) => {
    world.popup.dialogs.delete(dialog.id);
    const isSilent = dialog.behaviour.tells === "nothing";
    const plan: Plan = {
      origin: dialog.origin,
      now: isSilent ? null : deliveries,
      onLeave: [],
      handOver: null,
      submitAfterMs: null,
    };
    return showEnd(plan);
  };

  return new Hono()
    .get("/sdk.js", (c) => {
      const play = c.req.query("play") ?? "";
      const settings = { origin: world.url, play, blocked: behaviourOf(world, play).blocked };
      c.header("content-type", "text/javascript; charset=utf-8");
      c.header("cache-control", "no-store");
      c.header("access-control-allow-origin", "*"); // a page may ask for it with `crossorigin`
      return c.body(SDK.replace("SIMULATOR_SETTINGS", () => JSON.stringify(settings)));
    })
    .get("/popup", (c) => {
      const asked = (name: string) => c.req.query(name) ?? "";
      const launch = {
        appId: asked("app_id"),
        configId: asked("config_id"),
        responseType: asked("response_type"),
        overridesResponseType: asked("override_default_response_type") === "true",
        extras: asked("extras"),
        origin: asked("origin"),
        callback: asked("callback"),
      };
      const refusal = refuseLaunch(launch, world.settings);
      if (refusal !== null) return c.html(showRefusal(refusal), 400);
      const dialog = openDialog(world, launch, behaviourOf(world, asked("play")));
      return c.redirect(`/popup/${dialog.id}`, 303);
    })
    .get("/popup/elsewhere", (c) =>
      c.html(showElsewhere(c.req.query("target") ?? "", JSON.parse(c.req.query("data") ?? "null"))),
    )
    .get("/popup/:id", (c) => {
      const dialog = dialogOf(c.req.param("id"));
      return dialog ? c.html(screen(dialog)) : c.html(showRefusal(ENDED), 404);
    })
    .post("/popup/:id", async (c) => {
      const dialog = dialogOf(c.req.param("id"));
      if (!dialog) return c.html(showRefusal(ENDED), 404);
      const form = readForm(await c.req.parseBody());
      // A screen that was answered already (the back button, a double click) shows where things stand.
      const problem = form.step === dialog.step ? answerStep(world, dialog, form) : null;
      if (problem !== null) return c.html(screen(dialog, problem), 422);
      return c.redirect(`/popup/${dialog.id}`, 303);
    })
    .post("/popup/:id/:ending{finish|leave}", (c) => {
      const dialog = dialogOf(c.req.param("id"));
      if (!dialog) return c.html(showRefusal(ENDED), 404);
      handOver(world, dialog);
      return c.html(end(dialog, leave(dialog)));
    })
    .post("/popup/:id/report", (c) => {
      const dialog = dialogOf(c.req.param("id"));
      if (!dialog) return c.html(showRefusal(ENDED), 404);
      return c.html(end(dialog, report(world, dialog)));
    })
    .post("/popup/:id/hand-over", (c) => {
      const dialog = dialogOf(c.req.param("id"));
      if (dialog) handOver(world, dialog);
      return c.body(null, 204);
    });
}

const ENDED = "This signup has ended: close the window and begin again.";

/** What was set for every popup, and over it what the page's SDK address says (`?play={…}`). */
function behaviourOf(world: World, play: string): PopupBehaviour {
  if (play === "") return world.popup.behaviour;
  const own = z.record(z.string(), z.unknown()).parse(JSON.parse(play));
  return popupBehaviourSchema.parse({ ...world.popup.behaviour, ...own });
}

function readForm(body: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(body).filter((field): field is [string, string] => typeof field[1] === "string"),
  );
}
