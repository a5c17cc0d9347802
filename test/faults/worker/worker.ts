import { setAlarmsByRealClock } from "./disturbed-clock.ts";
import worker, {
  Alarms as OwnAlarms,
  Endpoint as OwnEndpoint,
  PhoneNumber as OwnPhone,
  Sweeper as OwnSweeper,
} from "../../../src/index.ts";
import { changePlan } from "./disturber.ts";
import { disturbEnv } from "./disturbed-env.ts";
import { FAULTS_DOOR } from "./plan.ts";
import type { FaultPlan, Statement } from "./plan.ts";

/*
 * Tandem's own Worker with its real bindings, and a door of its own by which these bindings are made
 * to fail. Nothing of it is in the Worker that is deployed: `npm run soak` and the tests name it as
 * their entry.
 */

/** The environment of this entry: one secret more. */
type FaultyEnv = Env & { FAULTS_TOKEN?: string };

export class PhoneNumber extends OwnPhone {
  constructor(ctx: DurableObjectState, env: Env) {
    setAlarmsByRealClock(ctx.storage);
    super(ctx, disturbEnv(env));
  }
}

export class Endpoint extends OwnEndpoint {
  constructor(ctx: DurableObjectState, env: Env) {
    setAlarmsByRealClock(ctx.storage);
    super(ctx, disturbEnv(env));
  }
}

export class Alarms extends OwnAlarms {
  constructor(ctx: DurableObjectState, env: Env) {
    setAlarmsByRealClock(ctx.storage);
    super(ctx, disturbEnv(env));
  }
}

export class Sweeper extends OwnSweeper {
  constructor(ctx: ExecutionContext, env: Env) {
    super(ctx, disturbEnv(env));
  }
}

export default {
  fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(FAULTS_DOOR)) return answerFaults(request, pathname, env);
    return worker.fetch(request, disturbEnv(env), ctx);
  },
  queue: (batch, env) => worker.queue(batch, disturbEnv(env)),
  scheduled: (controller, env, ctx) => worker.scheduled(controller, disturbEnv(env), ctx),
} satisfies ExportedHandler<FaultyEnv>;

async function answerFaults(request: Request, pathname: string, env: FaultyEnv): Promise<Response> {
  const token = env.FAULTS_TOKEN;
  if (token === undefined || request.headers.get("authorization") !== `Bearer ${token}`) {
    return new Response("Not found", { status: 404 });
  }
  if (pathname === FAULTS_DOOR) return Response.json(changePlan(await request.json<FaultPlan>()));
  const { binding, sql } = await request.json<Statement>();
  await env[binding].prepare(sql).run();
  return Response.json({});
}
