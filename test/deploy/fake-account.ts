import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { WranglerAnswer } from "../../scripts/deploy/wrangler.ts";

interface FakeDatabase {
  uuid: string;
  name: string;
  place: string;
  migrated: boolean;
}

interface FakeWorker {
  bindings: { type: string; name: string; text?: string; id?: string }[];
  secrets: Record<string, string>;
  versionId: string;
}

interface AccountState {
  isLoggedIn: boolean;
  databases: FakeDatabase[];
  queues: { name: string; jurisdiction: string; retention: string }[];
  buckets: { name: string; place: string }[];
  workers: Record<string, FakeWorker>;
  /** Every command, in order. */
  calls: string[];
  /** The so-manieth command from now on fails: before it does anything, or after it did. */
  fail: { at: number; when: "before" | "after" } | null;
}

const ACCOUNT = "0123456789abcdef0123456789abcdef";
const OK = (stdout = ""): WranglerAnswer => ({ code: 0, stdout, stderr: "" });
const ERROR = (message: string): WranglerAnswer => ({
  code: 1,
  stdout: "",
  stderr: `✘ [ERROR] ${message}\n`,
});

/**
 * A Cloudflare account behind the commands of wrangler 4.155 that a deploy gives, with the words
 * that it prints (seen from the true one, before an API that was stubbed). Unknown commands and
 * options are errors, as they are there.
 */
export class FakeAccount {
  readonly id = ACCOUNT;
  readonly state: AccountState;

  constructor(state: Partial<AccountState> = {}) {
    this.state = {
      isLoggedIn: true,
      databases: [],
      queues: [],
      buckets: [],
      workers: {},
      calls: [],
      fail: null,
      ...state,
    };
  }

  /** Runs one command. */
  run(args: string[]): WranglerAnswer {
    this.state.calls.push(args.join(" "));
    const { fail } = this.state;
    if (fail !== null) fail.at -= 1;
    const isFailing = fail !== null && fail.at === 0;
    if (isFailing) this.state.fail = null;
    if (isFailing && fail.when === "before") return ERROR("fetch failed");
    const answer = this.#answer(args);
    return isFailing ? ERROR("The request timed out.") : answer;
  }

  /** What there is, without what differs from run to run. */
  get inventory() {
    const { databases, queues, buckets, workers } = this.state;
    return {
      databases: databases.map(({ name, place, migrated }) => ({ name, place, migrated })),
      queues,
      buckets,
      workers: Object.fromEntries(
        Object.entries(workers).map(([name, { bindings, secrets }]) => [
          name,
          {
            bindings: bindings.map(({ type, name: binding }) => `${type} ${binding}`),
            secrets: Object.keys(secrets).toSorted(),
          },
        ]),
      ),
    };
  }

  #answer(args: string[]): WranglerAnswer {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: "boolean" },
        format: { type: "string" },
        config: { type: "string" },
        location: { type: "string" },
        jurisdiction: { type: "string" },
        "message-retention-period-secs": { type: "string" },
        remote: { type: "boolean" },
        timestamp: { type: "string" },
        message: { type: "string" },
        "secrets-file": { type: "string" },
      },
    });
    const [first, , third, fourth] = positionals;
    const place = values.jurisdiction ?? values.location ?? "";
    if (!this.state.isLoggedIn) {
      return { code: 1, stdout: JSON.stringify({ loggedIn: false }), stderr: "" };
    }
    switch (positionals.slice(0, first === "r2" || third === "apply" ? 3 : 2).join(" ")) {
      case "whoami":
        return OK(JSON.stringify({ loggedIn: true, accounts: [{ id: ACCOUNT, name: "Example" }] }));
      case "d1 list":
        return OK(JSON.stringify(this.state.databases));
      case "d1 create":
        return this.#createDatabase(third ?? "", place);
      case "d1 migrations apply":
        return this.#migrate(values.config, fourth ?? "");
      case "d1 time-travel":
        return this.#bookmark(values.config, fourth ?? "", values.timestamp);
      case "queues info":
        return this.#queue(third ?? "");
      case "queues create":
        return this.#createQueue(third ?? "", values);
      case "r2 bucket info":
        return this.#bucket(fourth ?? "");
      case "r2 bucket create":
        if (this.#bucket(fourth ?? "").code === 0) return ERROR("The bucket exists. [code: 10004]");
        this.state.buckets.push({ name: fourth ?? "", place });
        return OK(`✅ Created bucket '${fourth}'\n`);
      case "secret list":
        return this.#secrets(values.config);
      case "deployments status":
        return this.#deployment(values.config);
      case "versions view":
        return this.#version(values.config);
      case "deploy":
        return this.#deploy(values.config, values["secrets-file"]);
      default:
        return ERROR(`Unknown arguments: ${args.join(" ")}`);
    }
  }

  #createDatabase(name: string, place: string): WranglerAnswer {
    if (this.state.databases.some((database) => database.name === name)) {
      return ERROR(`A database with that name already exists [code: 7502]`);
    }
    this.state.databases.push({ uuid: randomUUID(), name, place, migrated: false });
    return OK(`✅ Successfully created DB '${name}'\nCreated your new D1 database.\n`);
  }

  #database(config: string | undefined, binding: string): FakeDatabase | undefined {
    const found = readConfig(config).d1_databases.find((one) => one.binding === binding);
    return this.state.databases.find(({ uuid }) => uuid === found?.database_id);
  }

  #migrate(config: string | undefined, binding: string): WranglerAnswer {
    const database = this.#database(config, binding);
    if (database === undefined) return ERROR(`Couldn't find a D1 DB with the name '${binding}'`);
    if (database.migrated) return OK("✅ No migrations to apply!\n");
    database.migrated = true;
    return OK("Migrations to be applied:\n┌─────────┐\n│ name    │\n└─────────┘\n");
  }

  #bookmark(config: string | undefined, binding: string, at = "now"): WranglerAnswer {
    const database = this.#database(config, binding);
    if (database === undefined) return ERROR(`Couldn't find DB with name '${binding}'`);
    return OK(JSON.stringify({ bookmark: `00000001-${database.name}-${at}` }, null, 2));
  }

  #queue(name: string): WranglerAnswer {
    const queue = this.state.queues.find((known) => known.name === name);
    if (queue === undefined) {
      return ERROR(
        `Queue "${name}" does not exist. To create it, run: wrangler queues create ${name}`,
      );
    }
    // wrangler prints whatever the API says; of a queue without one that can be null.
    const jurisdiction = queue.jurisdiction === "" ? "null" : queue.jurisdiction;
    return OK(
      `Queue Name: ${name}\nQueue ID: 8f\nJurisdiction: ${jurisdiction}\nNumber of Producers: 0\n`,
    );
  }

  #createQueue(
    name: string,
    values: { jurisdiction?: string; "message-retention-period-secs"?: string },
  ): WranglerAnswer {
    if (this.#queue(name).code === 0) return ERROR("Queue name is already taken. [code: 11009]");
    const retention = values["message-retention-period-secs"] ?? "";
    this.state.queues.push({ name, jurisdiction: values.jurisdiction ?? "", retention });
    return OK(`🌀 Creating queue '${name}'\n✅ Created queue '${name}'\n`);
  }

  #bucket(name: string): WranglerAnswer {
    return this.state.buckets.some((bucket) => bucket.name === name)
      ? OK(JSON.stringify({ name, location: "WEUR", object_count: "0", bucket_size: "0 B" }))
      : ERROR(
          "A request to the Cloudflare API failed.\n  The specified bucket does not exist. [code: 10006]",
        );
  }

  #worker(config: string | undefined): FakeWorker | undefined {
    return this.state.workers[readConfig(config).name];
  }

  #secrets(config: string | undefined): WranglerAnswer {
    const worker = this.#worker(config);
    if (worker === undefined) return ERROR(`Worker "${readConfig(config).name}" not found.`);
    const list = Object.keys(worker.secrets).map((name) => ({ name, type: "secret_text" }));
    return OK(JSON.stringify(list));
  }

  #deployment(config: string | undefined): WranglerAnswer {
    const worker = this.#worker(config);
    if (worker === undefined) return ERROR("The Worker has no deployments.");
    const versions = [{ version_id: worker.versionId, percentage: 100 }];
    return OK(JSON.stringify({ id: "d1", versions }, null, 2));
  }

  #version(config: string | undefined): WranglerAnswer {
    const worker = this.#worker(config);
    if (worker === undefined) return ERROR("This Worker does not exist on your account.");
    const { bindings, versionId: id } = worker;
    return OK(JSON.stringify({ id, resources: { bindings, script_runtime: {} } }, null, 2));
  }

  /** As the platform does: what it is bound to must be there, what it requires must be set. */
  #deploy(config: string | undefined, secretsFile: string | undefined): WranglerAnswer {
    const wanted = readConfig(config);
    const before = this.state.workers[wanted.name];
    if (secretsFile !== undefined && (statSync(secretsFile).mode & 0o077) !== 0) {
      return ERROR("The secrets file can be read by others.");
    }
    const given =
      secretsFile === undefined ? {} : (readJson(secretsFile) as Record<string, string>);
    const secrets = { ...before?.secrets, ...given };
    const missing = wanted.secrets.required.filter((name) => !(name in secrets));
    if (missing.length > 0) {
      return ERROR(`The following required secrets have not been set: ${missing.join(", ")}`);
    }
    for (const { binding } of wanted.d1_databases) {
      if (this.#database(config, binding)?.migrated !== true) {
        return ERROR(`${binding} has no tables: the code would come before its migrations.`);
      }
    }
    const { producers, consumers } = wanted.queues;
    const queues = [
      ...[...producers, ...consumers].map(({ queue }) => queue),
      ...consumers.flatMap(({ dead_letter_queue: queue }) => queue ?? []),
    ];
    for (const name of queues) if (this.#queue(name).code !== 0) return this.#queue(name);
    for (const { bucket_name: name } of wanted.r2_buckets) {
      if (this.#bucket(name).code !== 0) return this.#bucket(name);
    }
    this.state.workers[wanted.name] = {
      bindings: [
        ...Object.entries(wanted.vars).map(([name, text]) => ({ type: "plain_text", name, text })),
        ...Object.keys(secrets).map((name) => ({ type: "secret_text", name })),
        ...wanted.d1_databases.map(({ binding, database_id: id }) => ({
          type: "d1",
          name: binding,
          ...(id === undefined ? {} : { id }),
        })),
      ],
      secrets,
      versionId: randomUUID(),
    };
    return OK(`Total Upload: 1 KiB / gzip: 1 KiB\nUploaded ${wanted.name} (1.08 sec)\n`);
  }
}

interface Deployed {
  name: string;
  vars: Record<string, string>;
  d1_databases: { binding: string; database_id?: string }[];
  r2_buckets: { bucket_name: string }[];
  queues: {
    producers: { queue: string }[];
    consumers: { queue: string; dead_letter_queue?: string }[];
  };
  secrets: { required: string[] };
}

function readConfig(file: string | undefined): Deployed {
  return readJson(file ?? "") as Deployed;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** As a program: the account is in the file that FAKE_ACCOUNT names, from command to command. */
if (process.argv[1] === import.meta.filename) {
  const file = process.env["FAKE_ACCOUNT"] ?? "";
  const account = new FakeAccount(
    existsSync(file) ? (readJson(file) as Partial<AccountState>) : {},
  );
  const { code, stdout, stderr } = account.run(process.argv.slice(2));
  writeFileSync(file, JSON.stringify(account.state));
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = code;
}
