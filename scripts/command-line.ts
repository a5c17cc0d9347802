import { Command, InvalidArgumentError, Option } from "commander";

/** Exit code of a command line that is wrong; 1 is for what went wrong after it was read. */
const WRONG = 2;

class CommandLine extends Command {
  /** A value that was forgotten must not take the option behind it, such as --dry-run, for itself. */
  override createOption(flags: string, description?: string): Option {
    const option = super.createOption(flags, description);
    if (!option.required) return option;
    return option.argParser(
      readBy((text) => {
        if (!this.options.some(({ long }) => long === text)) return text;
        throw new Error("That is an option: its value is missing.");
      }),
    );
  }
}

/**
 * The command line of a program of ours: `--help` says what it takes, and one that is wrong is told
 * what is, in a sentence. What takes long to load is imported after it was read.
 *
 * @param typed what a person types before the options, such as `npm run soak --`
 * @param does what it does, in a sentence
 */
export function commandLine(typed: string, does: string): Command {
  return new CommandLine(typed)
    .description(does)
    .helpOption("-h, --help", "this page")
    .showHelpAfterError(`What it takes: ${typed} --help`)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : WRONG));
}

/** Reads an option's value; what the reader throws is what is wrong with the value. */
export function readBy<T>(read: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (err) {
      throw new InvalidArgumentError(err instanceof Error ? err.message : String(err));
    }
  };
}

export function wholeNumber(from: number, to = Infinity): (text: string) => number {
  return numberOf(from, to, "a whole number", Number.isInteger);
}

export function numberBetween(from: number, to: number): (text: string) => number {
  return numberOf(from, to, "a number", Number.isFinite);
}

/** 0 takes any free one. */
export const port = wholeNumber(0, 65_535);

export const address = readBy((text) => {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text;
  throw new Error("It takes an http or https address, such as https://wa.example.com.");
});

/** What stands on a command line stands in the shell's history: the environment can say it too. */
export function operatorToken(): Option {
  const read = readBy((text) => {
    if (text !== "") return text;
    throw new Error("It takes one of the gateway's OPERATOR_TOKENS.");
  });
  return new Option("--operator-token <token>", "an operator's token of the gateway")
    .env("TANDEM_OPERATOR_TOKEN")
    .argParser(read)
    .makeOptionMandatory();
}

/** `--var NAME=VALUE`, again for more. */
export function vars(does: string): Option {
  return new Option("--var <NAME=VALUE>", `${does}; again for more`)
    .default({}, "none")
    .argParser((pair: string, before: Record<string, string>) => {
      const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(pair) ?? [];
      if (name !== undefined && value !== undefined) return { ...before, [name]: value };
      throw new InvalidArgumentError("It takes NAME=VALUE, such as --var COUNT_INBOUND=false.");
    });
}

function numberOf(from: number, to: number, what: string, isOne: (value: number) => boolean) {
  const range = to === Infinity ? `from ${from} on` : `from ${from} to ${to}`;
  return readBy((text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (isOne(value) && value >= from && value <= to) return value;
    throw new Error(`It takes ${what} ${range}.`);
  });
}
