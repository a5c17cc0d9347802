import { describeSecrets } from "./describe-secrets.ts";
import { finding, unread } from "./doctor-findings.ts";
import { SEALED_KINDS } from "./visit-sealed.ts";
import type { SecretsReport } from "./describe-secrets.ts";
import type { Finding } from "./doctor-findings.ts";
import type { Services } from "../services.ts";

/** Whether everything opens with the secrets that are there, and which old ones may go. */
export async function examineSecrets(services: Services): Promise<Finding[]> {
  try {
    return judgeSecrets(await describeSecrets(services));
  } catch (err) {
    return [unread("secrets", err)];
  }
}

/** What a report comes to, a sentence or two for each secret that can be rotated. */
export function judgeSecrets(report: SecretsReport): Finding[] {
  return [
    examineTokenKeys(report.tokenKeys),
    examinePepper(report.pepper),
    ...examineAppSecret(report.appSecret),
  ];
}

function examineTokenKeys({ keys, unopened, countedAt }: SecretsReport["tokenKeys"]): Finding {
  const name = "secret:TOKEN_KEYS";
  if (countedAt === null) {
    const detail = "What is sealed is opened and counted five minutes after the first start.";
    return { name, state: "unproven", detail };
  }
  const gone = keys.filter(({ state }) => state === "gone").map(({ kid }) => kid);
  const unused = keys.filter(({ mayBeRemoved }) => mayBeRemoved).map(({ kid }) => kid);
  const older = keys.filter(({ state, mayBeRemoved }) => state === "older" && !mayBeRemoved);
  const needs = older.map(({ kid, records }) => {
    const count = SEALED_KINDS.reduce((sum, kind) => sum + records[kind], 0);
    return count === 0 ? `${kid} is being counted.` : `${count} need ${kid} and are sealed anew.`;
  });
  const may = unused.map((kid) => `Nothing needs ${kid}: take it out of TOKEN_KEYS.`);
  return finding(name, unopened === 0, {
    ok: ["What is sealed opens.", ...needs, ...may].join(" "),
    missing: `${unopened} sealed secrets do not open: ${
      gone.length > 0
        ? `put ${gone.join(", ")} back at the end of TOKEN_KEYS.`
        : "a key of TOKEN_KEYS is not the one that it was; put the former one back."
    } Until then nothing of theirs works, and nothing is lost.`,
  });
}

function examinePepper({ keys, previous }: SecretsReport["pepper"]): Finding {
  const waits = `${keys.previous} keys were not used since the pepper was changed.`;
  const links = `Links made under it open until ${iso(previous?.linksUntil ?? null)}.`;
  const done = "API_KEY_PEPPER_PREVIOUS is of no more use: delete it.";
  const rotating = previous?.mayBeRemoved === true ? done : `${waits} ${links}`;
  return finding("secret:API_KEY_PEPPER", keys.lost === 0, {
    ok: previous === null ? "Every key in force is under the present pepper." : rotating,
    missing: `${keys.lost} keys in force are under a pepper that this gateway does not have, and open nothing. Put it into API_KEY_PEPPER_PREVIOUS, or end those keys: GET /v1/admin/secrets names them.`,
  });
}

function examineAppSecret({ previous }: SecretsReport["appSecret"]): Finding[] {
  if (previous === null) return [];
  const seen = previous.seenAt === null ? "never" : `last at ${iso(previous.seenAt)}`;
  const detail = previous.mayBeRemoved
    ? "META_APP_SECRET_PREVIOUS is of no more use: delete it."
    : `Meta signed with META_APP_SECRET_PREVIOUS ${seen}; it repeats webhooks for seven days.`;
  return [{ name: "secret:META_APP_SECRET", state: "ok", detail }];
}

function iso(at: number | null): string {
  return at === null ? "a day not known yet" : new Date(at).toISOString();
}
