import { DeployError } from "./deploy-error.ts";

/** `NAME=VALUE` of each `--var`. @throws DeployError where one is not in that form */
export function readVars(pairs: string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(pair) ?? [];
      if (name === undefined || value === undefined) {
        throw new DeployError(`--var ${pair}: NAME=VALUE, such as --var COUNT_INBOUND=false.`);
      }
      return [name, value];
    }),
  );
}
