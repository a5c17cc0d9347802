import { app } from "./app.ts";
import { consumeQueue } from "./queues/index.ts";
import { runSweeps } from "./scheduled.ts";

export { Alarms } from "./durable/alarms.ts";
export { Endpoint } from "./durable/endpoint.ts";
export { PhoneNumber } from "./durable/phone-number.ts";

export default {
  fetch: app.fetch,
  queue: consumeQueue,
  scheduled: (_controller, env) => runSweeps(env),
} satisfies ExportedHandler<Env>;
