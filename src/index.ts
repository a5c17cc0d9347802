import { app } from "./app.ts";
import { consumeQueue } from "./queues/index.ts";
import { runSweeps } from "./scheduled.ts";
import { inOwnCalls } from "./sweeper.ts";

export { Alarms } from "./durable/alarms.ts";
export { Endpoint } from "./durable/endpoint.ts";
export { PhoneNumber } from "./durable/phone-number.ts";
export { Sweeper } from "./sweeper.ts";

export default {
  fetch: app.fetch,
  queue: consumeQueue,
  scheduled: (_controller, env, context) => runSweeps(env, inOwnCalls(context.exports.Sweeper)),
} satisfies ExportedHandler<Env>;
