import { findDataset, saveDataset } from "../database/datasets.ts";
import type { Failed } from "../meta/graph-client.ts";
import type { Services } from "../services.ts";

/** The account whose conversions are reported, and the token of its sender. */
export interface DatasetAccess {
  partner: string;
  wabaId: string;
  token: string;
}

/** Where events go, and with whose token. */
export interface DatasetRoute {
  dataset: string;
  token: string;
}

/**
 * The dataset of an account: the one that is remembered, else the one that Meta has or makes
 * (protocol.md 5.1). Repeatable.
 */
export async function ensureDataset(
  services: Services,
  { partner, wabaId, token }: DatasetAccess,
): Promise<DatasetRoute | Failed> {
  const { META_SYSTEM_TOKEN: systemToken } = services.settings;
  const known = await findDataset(services.registry, partner, wabaId);
  if (known !== null) {
    const { dataset, assignedAt } = known;
    return { dataset, token: assignedAt === null ? token : (systemToken ?? token) };
  }
  const made = await services.graph.conversions.ensureDataset(token, wabaId);
  if ("failed" in made) return made;
  await saveDataset(services.registry, partner, wabaId, { ...made, assignedAt: null });
  return { ...made, token };
}

/**
 * Another way to a dataset that Meta did not let us write to (100/33: then it has counted nothing):
 * the account's dataset can be another one by now; and a Solution Partner's system user gets its
 * tasks on it, given with the sender's token. Repeatable.
 *
 * @returns null where nothing is other than before
 */
export async function reopenDataset(
  services: Services,
  { partner, wabaId, token }: DatasetAccess,
  tried: DatasetRoute,
): Promise<DatasetRoute | null> {
  const { registry, settings, graph } = services;
  const made = await graph.conversions.ensureDataset(token, wabaId);
  if ("failed" in made) return null;
  const { dataset } = made;
  const isOther = dataset !== tried.dataset;
  const { META_SYSTEM_TOKEN: systemToken } = settings;
  if (systemToken !== undefined) {
    const user = await graph.conversions.readOwnId(systemToken);
    const assigned =
      "failed" in user
        ? user.failed
        : await graph.conversions.assignDataset(token, dataset, user.user);
    if (assigned.kind === "ok") {
      await saveDataset(registry, partner, wabaId, { dataset, assignedAt: services.now() });
      return { dataset, token: systemToken };
    }
  }
  if (isOther || tried.token !== token) {
    await saveDataset(registry, partner, wabaId, { dataset, assignedAt: null });
    return { dataset, token };
  }
  return null;
}
