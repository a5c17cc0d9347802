import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ALARMS } from "../../src/lib/alarms.ts";
import { ConsoleVisitor, signIn } from "../support/console.ts";
import { whileDatabasesAreDown } from "../support/down-databases.ts";
import { seedSender, services } from "../support/seed.ts";
import type { AlarmFinding } from "../../src/lib/alarms.ts";

const LETTERS: AlarmFinding = {
  alarm: "dead_letters",
  subject: "queue",
  since: Date.UTC(2026, 4, 4),
  detail: "2 letters from <queue>.",
  path: "/console/left-over",
};

async function openAlarm(): Promise<string> {
  await services().alarms().raise(LETTERS);
  return (await services().alarms().list()).open[0]?.id ?? "";
}

describe("alarms on the console's overview", () => {
  it("stand on top: what, since when, what to do, and where to look", async () => {
    const visitor = await signIn();
    expect(await visitor.read("/console")).toContain("No alarm is open.");
    await openAlarm();
    const html = await visitor.read("/console");
    const { title, whatToDo } = ALARMS.dead_letters;
    const parts = [title, whatToDo, "2 letters from &lt;queue&gt;.", "2026-05-04T00:00:00.000Z"];
    for (const part of [...parts, `href="/console/left-over"`]) expect(html).toContain(part);
    expect(html.indexOf(title)).toBeLessThan(html.indexOf("Needs a person"));
    expect(html).not.toContain("Nothing. Every sender sends");
  });

  it("are acknowledged there, in the operator's name, and stay until they are over", async () => {
    const visitor = await signIn();
    const id = await openAlarm();
    const answer = await visitor.post(`/console/alarms/${id}/acknowledge`);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/console"]);
    const html = await visitor.read("/console");
    expect(html).toContain("acknowledged by ada");
    expect(html).not.toContain(`/console/alarms/${id}/acknowledge`);
    const row = await env.DB.prepare(`SELECT operator, detail FROM audit WHERE action = ?`)
      .bind("alarm.acknowledge")
      .first();
    expect(row).toEqual({ operator: "ada", detail: "dead_letters: queue" });
    await services().alarms().clear("dead_letters", "queue");
    expect((await visitor.post(`/console/alarms/${id}/acknowledge`)).status).toBe(404);
    expect(await visitor.read("/console")).toContain("No alarm is open.");
  });

  it("are there when D1 is not, and can be acknowledged then", async () => {
    const visitor = await signIn();
    const id = await openAlarm();
    await whileDatabasesAreDown(async () => {
      const html = await visitor.read("/console");
      expect(html).toContain(ALARMS.dead_letters.title);
      expect(html).toContain("D1 does not answer now");
      expect((await visitor.post(`/console/alarms/${id}/acknowledge`)).status).toBe(303);
      // Who has signed out is not known then: nothing else opens.
      expect((await visitor.get("/console/audit")).status).toBe(500);
    });
  });

  it("tell who signed out before no name and no detail, while D1 cannot say who did", async () => {
    const { number } = await seedSender();
    const visitor = await signIn();
    const id = await openAlarm();
    const copy = new ConsoleVisitor();
    copy.setCookie("tandem_console", visitor.cookie("tandem_console") ?? "");
    await services().phone(number.id).moveTo("paused", "offboarded", "sender.paused");
    await services().phone(number.id).flushed();
    await visitor.post("/console/sign-out");
    expect((await copy.get("/console")).status).toBe(303);
    // Only the sign-outs cannot be read: all else could be shown.
    await env.DB.prepare(`ALTER TABLE marks RENAME TO marks_away`).run();
    const html = await copy.read("/console");
    await env.DB.prepare(`ALTER TABLE marks_away RENAME TO marks`).run();
    expect(html).toContain(ALARMS.dead_letters.title);
    expect(html).toContain(`/console/alarms/${id}/acknowledge`);
    for (const told of [
      "2 letters from",
      `href="/console/left-over"`,
      number.phone,
      "Needs a person",
    ]) {
      // The navigation leads there for everybody.
      const rest = html.slice(html.indexOf("<main"));
      expect(rest).not.toContain(told);
    }
  });

  it("are closed to who is not signed in, and to other sites", async () => {
    const visitor = await signIn();
    const id = await openAlarm();
    const path = `/console/alarms/${id}/acknowledge`;
    const origin = { origin: "https://elsewhere.test" };
    expect((await visitor.post(path, {}, origin)).status).toBe(403);
    expect((await services().alarms().list()).open[0]?.acknowledgedBy).toBeNull();
  });
});
