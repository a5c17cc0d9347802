import worker from "../../../src/index.ts";

export * from "../../../src/index.ts";

/** More than a pipe to Node holds. */
const LINES = 3_000;

/** Tandem's own Worker with a cron that has much to say. */
export default {
  ...worker,
  scheduled() {
    for (let line = 1; line <= LINES; line += 1) console.log(`${line} ${"x".repeat(1_000)}`);
  },
} satisfies ExportedHandler<Env>;
