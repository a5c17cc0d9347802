/*
 * A gateway that can be made to fail, as `npm run serve` starts the real one: `npm run practice`, for
 * operators, and what the soak and the faults' tests start. Its log is a file in the state folder, to
 * be read after a failure.
 */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serve, servedBy, serveCommand } from "../../scripts/serve-command.ts";

const command = serveCommand(
  "npm run practice --",
  "Runs a gateway on this machine that can be made to fail (docs/operating.md). The one line on stdout says where, once it is up; what it logs goes to gateway.log in the state folder.",
  ".tandem/practice",
)
  .option("--faults-token <token>", "opens /faults, by which it fails", "local-faults-token")
  .parse();
const options = servedBy(command);
const { faultsToken } = command.opts<{ faultsToken: string }>();

mkdirSync(options.stateFolder, { recursive: true });
const logFile = join(options.stateFolder, "gateway.log");
await serve({
  ...options,
  entry: fileURLToPath(new URL("worker/worker.ts", import.meta.url)),
  vars: {
    // The callers here are one key that asks as fast as it can.
    API_RATE_PER_MINUTE: "1000000",
    ...options.vars,
    FAULTS_TOKEN: faultsToken,
  },
  log: (line) => appendFileSync(logFile, `${line}\n`),
});
