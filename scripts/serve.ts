import { parseArgs } from "node:util";
import { startGateway } from "./gateway.ts";

const { values } = parseArgs({
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
  },
});

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
