/*
 * npm run serve -- [options]: the gateway on this machine, alone. The one line on stdout says where
 * it is once it is up; what it logs goes to stderr.
 */
import { parseArgs } from "node:util";
import { readVars } from "./deploy/read-vars.ts";
import { startGateway } from "./gateway.ts";

const USAGE = `npm run serve -- [options]
  --port P             where it listens, on 127.0.0.1 (8787)
  --state DIR          what it keeps (.tandem/serve)
  --graph-url URL      Meta: https://graph.facebook.com, or a simulator's address
  --app-id ID, --app-secret S, --verify-token V
                       of the app at Meta, or the simulator's
  --operator-token T   opens /console and /v1/admin (local-operator-token)
  --time-scale N       the retries of deliveries run so many times as fast; not with Meta itself
  --endpoint-network public
                       partners' addresses have to be public, as at Cloudflare (any)
  --var NAME=VALUE     a var or secret, as the deployed gateway has it: ALARM_URL, ALARM_SECRET,
                       TOKEN_KEYS …; again for more`;

await main();

function readOptions() {
  return parseArgs({
    options: {
      port: { type: "string", default: "8787" },
      state: { type: "string", default: ".tandem/serve" },
      "graph-url": { type: "string", default: "https://graph.facebook.com" },
      "app-id": { type: "string", default: "0" },
      "app-secret": { type: "string", default: "local-app-secret" },
      "verify-token": { type: "string", default: "local-verify-token" },
      "operator-token": { type: "string", default: "local-operator-token" },
      "time-scale": { type: "string", default: "1" },
      "endpoint-network": { type: "string", default: "any" },
      var: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", default: false },
    },
  }).values;
}

async function main(): Promise<void> {
  let values: ReturnType<typeof readOptions>;
  try {
    values = readOptions();
    if (values.help) {
      console.log(USAGE);
      return;
    }
  } catch (err) {
    return fail(`${err instanceof Error ? err.message : String(err)}\n${USAGE}`, 2);
  }
  try {
    const gateway = await startGateway({
      port: Number(values.port),
      stateFolder: values.state,
      graphUrl: values["graph-url"],
      appId: values["app-id"],
      appSecret: values["app-secret"],
      verifyToken: values["verify-token"],
      operatorToken: values["operator-token"],
      vars: {
        TIME_SCALE: values["time-scale"],
        ENDPOINT_NETWORK: values["endpoint-network"],
        ...readVars(values.var),
      },
      log: (line) => process.stderr.write(`${line}\n`),
    });
    process.stdout.write(`${JSON.stringify({ ready: true, url: gateway.url })}\n`);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => void gateway.stop().then(() => process.exit(0)));
    }
  } catch (err) {
    fail(err instanceof Error ? err.message : String(err), 1);
  }
}

function fail(words: string, code: number): void {
  process.stderr.write(`${words}\n`);
  process.exitCode = code;
}
