import { parseArgs } from "node:util";
import { startSimulator } from "./simulator.ts";

const USAGE = `npm run simulator -- [--port P] [--app-secret S] [--app-id ID] [--config-id ID] [--webhook-url URL]
  [--verify-token V] [--system-token T] [--time-scale N] [--seed N]      more: simulator/README.md`;

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    "app-secret": { type: "string", default: "simulator-app-secret" },
    "app-id": { type: "string" },
    "config-id": { type: "string" },
    "webhook-url": { type: "string" },
    "verify-token": { type: "string" },
    "system-token": { type: "string" },
    "time-scale": { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const simulator = await startSimulator({
  port: Number(values.port),
  appSecret: values["app-secret"],
  appId: values["app-id"],
  configId: values["config-id"],
  webhookUrl: values["webhook-url"],
  verifyToken: values["verify-token"],
  systemToken: values["system-token"],
  timeScale: Number(values["time-scale"]),
  seed: Number(values.seed),
});

// The one line on stdout: whoever started this waits for it and reads the address from it.
console.log(JSON.stringify({ ready: true, url: simulator.url }));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void simulator.close());
}
