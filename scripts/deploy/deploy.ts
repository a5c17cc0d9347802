import { checkRunning } from "./check-running.ts";
import { filesOf, writeInstallation, writeWhole } from "./installation.ts";
import { lookAfter } from "./look-after.ts";
import { makeBuckets } from "./make-buckets.ts";
import { makeDatabases } from "./make-databases.ts";
import { makeQueues } from "./make-queues.ts";
import { migrate } from "./migrate.ts";
import { bucketsOf, planDeploy, rehearse } from "./plan.ts";
import { publish } from "./publish.ts";
import { readWorkerConfig } from "./read-worker-config.ts";
import { settleAccount } from "./settle-account.ts";
import { settleInstallation } from "./settle-installation.ts";
import { listSecrets, readMade, settleSecrets } from "./settle-secrets.ts";
import { deployedConfig, listQueues, listShards } from "./worker-config.ts";
import { Wrangler } from "./wrangler.ts";
import type { Ask } from "./ask.ts";
import type { Patience } from "./look-after.ts";
import type { Wishes } from "./settle-installation.ts";
import type { RunWrangler } from "./wrangler.ts";

/** What a deploy works with; tests have their own. */
export interface Tools extends Patience {
  /** Where wrangler.toml and migrations/ lie. */
  root: string;
  /** Where the files of installations lie. */
  directory: string;
  run: RunWrangler;
  ask: Ask;
  say: (line: string) => void;
  /** What of the code it is, for whoever looks for one to go back to. */
  version: string;
  /** What knows the operators' token where this run did not make it. */
  operatorToken: string | null;
  /** Where the gateway answers, if not at its domain. */
  address?: string;
}

/** Prints what a deploy would do and builds the bundle; touches nothing, needs no account. */
export async function planOnly(tools: Tools, wishes: Wishes): Promise<void> {
  const { say } = tools;
  const config = readWorkerConfig(tools.root);
  const installation = await settleInstallation(config, tools.directory, wishes, tools.ask);
  say(`The installation ${installation.name}; in this order:`);
  for (const [index, line] of planDeploy(config, installation).entries()) {
    say(`${`${index + 1}`.padStart(3)}. ${line}`);
  }
  const size = await rehearse(new Wrangler(tools.run, null), config, installation, tools.root);
  say(`${size}\nNothing was touched.`);
}

/**
 * Makes what is missing of an installation and deploys. Each step finds what a run before it did,
 * so a run that broke off is gone on with by the same command, and a second one changes nothing but
 * the code.
 *
 * @throws DeployError in words for people
 */
export async function deploy(tools: Tools, wishes: Wishes): Promise<void> {
  const { ask, say, root } = tools;
  const note = (line: string) => say(`  ${line}`);
  const config = readWorkerConfig(root);
  const installation = await settleInstallation(config, tools.directory, wishes, ask);
  const files = filesOf(tools.directory, installation.name);
  const wrangler = new Wrangler(tools.run, installation.accountId);

  say("Account");
  installation.accountId = await settleAccount(wrangler, ask, installation.accountId);
  wrangler.accountId = installation.accountId;
  writeInstallation(files.settings, installation);
  note(`${installation.accountId}; this installation's file is ${files.settings}`);

  say("Databases");
  const shards = listShards(config, installation);
  const databases = await makeDatabases(wrangler, installation, shards, note);
  installation.databases = { ...installation.databases, ...databases };
  writeInstallation(files.settings, installation);
  const deployed = deployedConfig(config, installation, { root, file: files.wrangler });
  writeWhole(files.wrangler, `${JSON.stringify(deployed, null, 2)}\n`);

  say("What runs now");
  const present = await listSecrets(wrangler, files.wrangler);
  if (present === null) note("nothing yet");
  else {
    await checkRunning(wrangler, config, installation, files.wrangler);
    note("is this installation's");
  }

  say("Queues");
  await makeQueues(wrangler, installation, listQueues(config, installation), note);
  say("Bucket");
  await makeBuckets(wrangler, installation, bucketsOf(config, installation), note);

  say("Secrets");
  const sharesCredit = (installation.vars["META_EXTENDED_CREDIT_ID"] ?? "") !== "";
  const wanted = [...config.secrets.required, ...(sharesCredit ? ["META_SYSTEM_TOKEN"] : [])];
  const upload = await settleSecrets(ask, wanted, present ?? [], files.secrets);
  note(
    Object.keys(upload).length === 0 ? "all are there" : `new: ${Object.keys(upload).join(", ")}`,
  );

  say("Migrations");
  await migrate(wrangler, shards, files, present === null, note);

  say("Worker");
  await publish(wrangler, files, upload, tools.version);

  const made = readMade(files.secrets);
  if (Object.keys(made).length > 0) {
    note(
      `${Object.keys(made).join(", ")} were made here and are known to nobody else: put them from ` +
        `${files.secrets} into your vault and delete the file. Without TOKEN_KEYS no stored token ` +
        "can be opened again.",
    );
  }

  say("Check");
  const [operator] = (made["OPERATOR_TOKENS"] ?? "").split(",");
  const token = operator?.slice(operator.indexOf(":") + 1) ?? "";
  const url = tools.address ?? `https://${installation.domain}`;
  await lookAfter(url, tools.operatorToken ?? (token === "" ? null : token), note, tools);
  say(`\nMeta's App Dashboard wants the callback https://${installation.domain}/webhooks/meta.`);
}
