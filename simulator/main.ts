import { address, commandLine, numberBetween, port, wholeNumber } from "../scripts/command-line.ts";

const options = commandLine(
  "npm run simulator --",
  "Runs a Meta on this machine (simulator/README.md). The one line on stdout says where, once it is up; problems go to stderr.",
)
  .option("--port <number>", "where it listens, on 127.0.0.1; 0 takes a free one", port, 0)
  .option("--app-secret <secret>", "the app's: webhooks are signed with it", "simulator-app-secret")
  .option("--app-id <id>", "the app's (default: 510000000000001)")
  .option("--config-id <id>", "of the app's signup configuration (default: 610000000000001)")
  .option("--webhook-url <url>", "the app's callback; none: nothing is delivered", address)
  .option("--verify-token <token>", "what the callback is verified with")
  .option("--system-token <token>", "of a system user of the partner, beside businesses' tokens")
  .option(
    "--time-scale <times>",
    "how many times as fast its clock runs",
    numberBetween(0.001, 1_000_000),
    1,
  )
  .option("--seed <number>", "the same number makes the same people and texts", wholeNumber(0), 1)
  .parse()
  .opts<{
    port: number;
    appSecret: string;
    appId?: string;
    configId?: string;
    webhookUrl?: string;
    verifyToken?: string;
    systemToken?: string;
    timeScale: number;
    seed: number;
  }>();

try {
  const { startSimulator } = await import("./simulator.ts");
  const simulator = await startSimulator(options);

  // The one line on stdout: whoever started this waits for it and reads the address from it.
  console.log(JSON.stringify({ ready: true, url: simulator.url }));

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void simulator.close());
  }
} catch (err) {
  console.error(err instanceof Error ? err.message : String(err));
  process.exitCode = 1;
}
