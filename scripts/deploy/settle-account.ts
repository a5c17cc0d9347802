import * as z from "zod";
import { DeployError } from "./deploy-error.ts";
import { parseAnswer } from "./wrangler.ts";
import type { Ask } from "./ask.ts";
import type { Wrangler } from "./wrangler.ts";

const whoami = z.object({
  loggedIn: z.literal(true),
  accounts: z.array(z.object({ id: z.string(), name: z.string() })),
});

/**
 * Finds out who is logged in, and which account is meant.
 *
 * @param known the account that the installation lives in; null for a new one
 * @returns its id
 * @throws DeployError where nobody is logged in, or somebody who cannot reach that account
 */
export async function settleAccount(
  wrangler: Wrangler,
  ask: Ask,
  known: string | null,
): Promise<string> {
  const args = ["whoami", "--json"];
  const answer = await wrangler.try(args);
  const result = answer.code === 0 ? whoami.safeParse(parseAnswer(args, answer.stdout)) : null;
  if (result?.success !== true) {
    throw new DeployError(
      "Nobody is logged in to Cloudflare. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN.",
    );
  }
  const { accounts } = result.data;
  if (known !== null) {
    if (accounts.some(({ id }) => id === known)) return known;
    throw new DeployError(
      `This installation lives in the account ${known}, which this login does not reach: ` +
        "log in as somebody who does (`npx wrangler login`).",
    );
  }
  const [first] = accounts;
  if (first === undefined) throw new DeployError("This login reaches no account at Cloudflare.");
  if (accounts.length === 1) return first.id;
  const chosen = await ask.choose(
    { name: "CLOUDFLARE_ACCOUNT_ID", message: "Which account" },
    accounts.map(({ id, name }) => ({ name: `${name} (${id})`, value: id })),
  );
  if (accounts.some(({ id }) => id === chosen)) return chosen;
  throw new DeployError("CLOUDFLARE_ACCOUNT_ID is no account that this login reaches.");
}
