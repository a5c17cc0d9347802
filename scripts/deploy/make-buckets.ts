import { placeOf } from "./make-databases.ts";
import { failed } from "./wrangler.ts";
import type { Installation } from "./installation.ts";
import type { Wrangler } from "./wrangler.ts";

/**
 * Makes the R2 buckets that are not there. None gets a lifecycle rule: what may go is known to the
 * sweeps, and a rule would take a history body that is not stored yet.
 */
export async function makeBuckets(
  wrangler: Wrangler,
  installation: Pick<Installation, "jurisdiction" | "location">,
  buckets: string[],
  note: (line: string) => void,
): Promise<void> {
  const { jurisdiction } = installation;
  for (const bucket of buckets) {
    const info = [
      "r2",
      "bucket",
      "info",
      bucket,
      "--json",
      ...(jurisdiction === "" ? [] : ["--jurisdiction", jurisdiction]),
    ];
    const answer = await wrangler.try(info);
    if (answer.code === 0) {
      note(`${bucket} is there`);
      continue;
    }
    if (!/does not exist|10006/.test(`${answer.stdout}${answer.stderr}`))
      throw failed(info, answer);
    await wrangler.do(["r2", "bucket", "create", bucket, ...placeOf(installation)]);
    note(`${bucket} made`);
  }
}
