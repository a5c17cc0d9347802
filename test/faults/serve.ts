/*
 * A gateway that can be made to fail, as `npm run serve` starts the real one: flags in, one line on
 * stdout when it is ready. Its log is a file in the state folder, to be read after a failure.
 */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startGateway } from "../../scripts/gateway.ts";

const flag = { type: "string", default: "" } as const;
const { values } = parseArgs({
  options: {
    port: flag,
    state: flag,
    "graph-url": flag,
    "app-id": flag,
    "app-secret": flag,
    "verify-token": flag,
    "operator-token": flag,
    "faults-token": flag,
    "time-scale": { type: "string", default: "1" },
  },
});

mkdirSync(values.state, { recursive: true });
const logFile = join(values.state, "gateway.log");
const gateway = await startGateway({
  port: Number(values.port),
  stateFolder: values.state,
  graphUrl: values["graph-url"],
  appId: values["app-id"],
  appSecret: values["app-secret"],
  verifyToken: values["verify-token"],
  operatorToken: values["operator-token"],
  entry: fileURLToPath(new URL("worker/worker.ts", import.meta.url)),
  vars: {
    FAULTS_TOKEN: values["faults-token"],
    TIME_SCALE: values["time-scale"],
    // The callers here are one key that asks as fast as it can.
    API_RATE_PER_MINUTE: "1000000",
  },
  log: (line) => appendFileSync(logFile, `${line}\n`),
});
process.stdout.write(`${JSON.stringify({ ready: true, url: gateway.url })}\n`);
