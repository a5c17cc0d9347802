import { serve, servedBy, serveCommand } from "./serve-command.ts";

const command = serveCommand(
  "npm run serve --",
  "Runs the gateway on this machine, alone. The one line on stdout says where, once it is up; what it logs goes to stderr.",
  ".tandem/serve",
).parse();

await serve({ ...servedBy(command), log: (line) => process.stderr.write(`${line}\n`) });
