import worker, * as tandem from "../../src/index.ts";
import { billBatch, billInvocation, billObject, currentBill } from "./bill.ts";

/*
 * Tandem's own Worker, and beside it a count of what it is billed for. Sweeps do not run
 * unless BENCH_SWEEPS asks for them: what they write belongs to no message.
 */

export * from "../../src/index.ts";

for (const [name, exported] of Object.entries(tandem)) {
  // A sweep's own call is none that is billed.
  if (name !== "default" && name !== "Sweeper") billObject(exported as { prototype: object });
}

export default {
  fetch(request, env, ctx) {
    if (new URL(request.url).pathname === "/bill") return currentBill();
    billInvocation(env);
    return worker.fetch(request, env, ctx);
  },
  queue(batch, env) {
    billInvocation(env);
    billBatch(batch);
    return worker.queue(batch, env);
  },
  async scheduled(controller, env, ctx) {
    if (env.BENCH_SWEEPS !== "on") return;
    billInvocation(env);
    await worker.scheduled(controller, env, ctx);
  },
} satisfies ExportedHandler<Env & { BENCH_SWEEPS?: string }>;
