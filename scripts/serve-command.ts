import { Option } from "commander";
import { address, commandLine, numberBetween, port, vars } from "./command-line.ts";
import type { Command } from "commander";
import type { GatewayOptions } from "./gateway.ts";

/**
 * The options of whatever runs the gateway on this machine, alone.
 *
 * @param typed what a person types before them @param does what it does, in a sentence
 * @param state the folder it keeps everything in, unless told another
 */
export function serveCommand(typed: string, does: string, state: string): Command {
  return commandLine(typed, does)
    .option("--port <number>", "where it listens, on 127.0.0.1; 0 takes a free one", port, 8787)
    .option("--state <folder>", "where it keeps everything", state)
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
    .addOption(vars("a var or secret, as the deployed gateway has it"));
}

interface ServeFlags {
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
}

/** What the gateway is started with, by the options that were read. */
export function servedBy(command: Command) {
  const { state, timeScale, endpointNetwork, var: more, ...rest } = command.opts<ServeFlags>();
  return {
    ...rest,
    stateFolder: state,
    vars: { TIME_SCALE: String(timeScale), ENDPOINT_NETWORK: endpointNetwork, ...more },
  } satisfies GatewayOptions;
}

/**
 * Starts the gateway and says so in one line on stdout; Ctrl-C ends it. One that does not come up
 * says why, and the exit code is 1.
 */
export async function serve(options: GatewayOptions): Promise<void> {
  try {
    const { startGateway } = await import("./gateway.ts");
    const gateway = await startGateway(options);
    process.stdout.write(`${JSON.stringify({ ready: true, url: gateway.url })}\n`);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => void gateway.stop().then(() => process.exit(0)));
    }
  } catch (err) {
    process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
    process.exitCode = 1;
  }
}
