import { Option } from "commander";
import { askDoctor, printFindings } from "./ask-doctor.ts";
import { address, commandLine, operatorToken } from "./command-line.ts";

const options = commandLine(
  "npm run doctor --",
  "Asks a running gateway whether all is in order, and says what to do where it is not. Exit code 1 when something is missing, 2 when the gateway could not be asked.",
)
  .addOption(
    new Option("--url <url>", "the gateway's address")
      .env("TANDEM")
      .default("http://127.0.0.1:8787")
      .argParser(address),
  )
  .addOption(operatorToken())
  .option("--sender <id>", "a number to look at too, by Meta's phone number id")
  .option("--json", "prints the report as JSON")
  .parse()
  .opts<{ url: string; operatorToken: string; sender?: string; json?: true }>();

try {
  const report = await askDoctor(options.url, options.operatorToken, options.sender);
  if (options.json) console.log(JSON.stringify(report, null, 2));
  else printFindings(report.findings, (line) => console.log(line));
  process.exitCode = report.ok ? 0 : 1;
} catch (err) {
  console.error(err instanceof Error ? err.message : String(err));
  process.exitCode = 2;
}
