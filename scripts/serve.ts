import { Option } from "commander";
import { address, commandLine, numberBetween, port, vars } from "./command-line.ts";

const options = commandLine(
  "npm run serve --",
  "Runs the gateway on this machine, alone. The one line on stdout says where, once it is up; what it logs goes to stderr.",
)
  .option("--port <number>", "where it listens, on 127.0.0.1; 0 takes a free one", port, 8787)
  .option("--state <folder>", "where it keeps everything", ".tandem/serve")
  .option("--graph-url <url>", "Meta, or a simulator", address, "https://graph.facebook.com")
  .option("--app-id <id>", "of the app at Meta, or the simulator's", "0")
  .option("--app-secret <secret>", "the app's: webhooks are signed with it", "local-app-secret")
  .option("--verify-token <token>", "what Meta says to be let in", "local-verify-token")
  .option("--operator-token <token>", "opens /console and /v1/admin", "local-operator-token")
  .option(
    "--time-scale <times>",
    "how many times as fast deliveries are retried; not with Meta itself",
    numberBetween(1, 100_000),
    1,
  )
  .addOption(
    new Option(
      "--endpoint-network <which>",
      "where partners' endpoints may lie; public ones alone, as at Cloudflare",
    )
      .choices(["any", "public"])
      .default("any"),
  )
  .addOption(vars("a var or secret, as the deployed gateway has it"))
  .parse()
  .opts<{
    port: number;
    state: string;
    graphUrl: string;
    appId: string;
    appSecret: string;
    verifyToken: string;
    operatorToken: string;
    timeScale: number;
    endpointNetwork: string;
    var: Record<string, string>;
  }>();

try {
  const { startGateway } = await import("./gateway.ts");
  const gateway = await startGateway({
    port: options.port,
    stateFolder: options.state,
    graphUrl: options.graphUrl,
    appId: options.appId,
    appSecret: options.appSecret,
    verifyToken: options.verifyToken,
    operatorToken: options.operatorToken,
    vars: {
      TIME_SCALE: String(options.timeScale),
      ENDPOINT_NETWORK: options.endpointNetwork,
      ...options.var,
    },
    log: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify({ ready: true, url: gateway.url })}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void gateway.stop().then(() => process.exit(0)));
  }
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
  process.exitCode = 1;
}
