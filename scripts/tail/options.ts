import { Option } from "commander";
import { commandLine, readBy } from "../command-line.ts";
import { checkEvents, LEVELS } from "./filter.ts";
import type { LogLevel } from "../../src/lib/log.ts";
import type { TailFilter } from "./filter.ts";

interface TailOptions {
  filter: TailFilter;
  /** Reads a pipe instead of asking wrangler. */
  stdin: boolean;
  /** What is wrangler's, in the order it was given. */
  rest: string[];
}

/** Ends the process where what is asked for cannot be. */
export function readTailOptions(args: readonly string[]): TailOptions {
  const command = commandLine(
    "npm run tail --",
    "Prints what the gateway logs, a line each, as it happens. Options it does not know are handed to wrangler tail, such as -c FILE or --sampling-rate 0.1.",
  )
    .usage("[options] [options of wrangler tail]")
    .option(
      "--event <names>",
      "these alone, such as flush.done,endpoint.* (docs/logs.md)",
      readBy(readEvents),
    )
    .addOption(new Option("--level <level>", "this one and worse").choices(LEVELS))
    .option("--sender <key>", "of one number, by its key in the console")
    .option("--request <id>", "what belongs to one request")
    .option("--stdin", "reads a pipe: npm run serve 2>&1 | npm run tail -- --stdin")
    .allowUnknownOption()
    .allowExcessArguments()
    .parse(args, { from: "user" });
  const options = command.opts<{
    event?: string[];
    level?: LogLevel;
    sender?: string;
    request?: string;
    stdin?: true;
  }>();
  if (options.stdin && command.args.length > 0) {
    const unused = command.args.join(" ");
    command.error(`error: with --stdin nobody asks wrangler: it has no use for ${unused}`);
  }
  const { event, level, sender, request } = options;
  return {
    filter: {
      ...(event !== undefined && { events: event }),
      ...(level !== undefined && { level }),
      ...(sender !== undefined && { sender }),
      ...(request !== undefined && { requestId: request }),
    },
    stdin: options.stdin === true,
    rest: command.args,
  };
}

function readEvents(text: string): string[] {
  const events = text.split(",").filter((name) => name !== "");
  checkEvents(events);
  return events;
}
