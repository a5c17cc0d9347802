interface TailOptions {
  event?: string;
  level?: string;
  sender?: string;
  request?: string;
  stdin: boolean;
  help: boolean;
}

const WITH_VALUE = ["event", "level", "sender", "request"] as const;

/** Our own options, and all that is wrangler's, in the order it was given. */
export function readTailOptions(args: readonly string[]): { own: TailOptions; rest: string[] } {
  const own: TailOptions = { stdin: false, help: false };
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    const [, name, inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const mine = WITH_VALUE.find((option) => option === name);
    if (mine !== undefined) own[mine] = inline ?? args[++at] ?? "";
    else if (name === "stdin" || name === "help") own[name] = true;
    else rest.push(arg);
  }
  return { own, rest };
}
