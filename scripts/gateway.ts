import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions, Log, LogLevel } from "miniflare";
import type { V4WorkerOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { Keeper, statement } from "./keeper.ts";
import { StateFolder } from "./state-folder.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const SWEEP_EVERY_MS = 10_000;

export interface GatewayOptions {
  /** 0 takes any free port. */
  port: number;
  stateFolder: string;
  /** Empties the folder first, once it is ours. */
  fresh?: boolean;
  graphUrl: string;
  appId: string;
  appSecret: string;
  verifyToken: string;
  operatorToken: string;
  /** More vars and secrets, over those of wrangler.toml. */
  vars?: Record<string, string>;
  /** Where the Worker's log lines go; stderr keeps stdout for the one line of `serve`. */
  log?: (line: string) => void;
  /** More Workers in the same runtime, each on a socket of its own: what `bench` compares with. */
  beside?: V4WorkerOptions[];
  /** Another entry than wrangler.toml's: the Worker with something around it that `bench` reads. */
  entry?: string;
}

export interface Gateway {
  url: string;
  /** Where a Worker of `beside` listens, by its name. */
  besideUrl(name: string): Promise<URL>;
  /** Runs one statement on a database, by its binding: a test makes time pass in a row. */
  runSql(binding: string, sql: string, ...values: unknown[]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Runs the gateway here as it runs at Cloudflare: the bundled Worker on workerd, with D1, objects,
 * queues and R2 kept in the state folder. No watcher and no development proxy in between.
 *
 * @throws Error when the folder is taken, the port is busy or the bundle does not build.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const folder = new StateFolder(options.stateFolder);
  const secrets = folder.claim();
  if (options.fresh === true) rmSync(join(folder.path, "data"), { recursive: true, force: true });
  const port = options.port === 0 ? await findFreePort() : options.port;
  const url = `http://127.0.0.1:${port}`;
  const config = workerConfig();
  const worker: V4WorkerOptions = {
    ...config.workerOptions,
    name: "tandem",
    modules: [
      { type: "ESModule", path: "worker.js", contents: await bundle(options.entry ?? config.main) },
    ],
    bindings: {
      ...(config.workerOptions.bindings as Record<string, string>),
      PUBLIC_URL: url,
      GRAPH_URL: options.graphUrl,
      META_APP_ID: options.appId,
      META_APP_SECRET: options.appSecret,
      META_VERIFY_TOKEN: options.verifyToken,
      OPERATOR_TOKENS: `operator:${options.operatorToken}`,
      TOKEN_KEYS: secrets.tokenKeys,
      API_KEY_PEPPER: secrets.apiKeyPepper,
      // Whoever runs it here tells events to programs that run here.
      ENDPOINT_NETWORK: "any",
      ...options.vars,
    },
  };
  const keeper = new Keeper();
  const keeperCode = await bundle(join(ROOT, "scripts/workers/keeper.ts"));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      log: new Log(LogLevel.ERROR),
      resourcePersistencePath: join(options.stateFolder, "data"),
      telemetry: { enabled: false },
      handleStructuredLogs: ({ message }: { message: string }) => options.log?.(message),
      workers: [
        worker,
        listenerOf(worker, port),
        keeper.options(keeperCode, worker),
        ...(options.beside ?? []),
      ],
    }),
  );
  try {
    await miniflare.ready;
  } catch (err) {
    await miniflare.dispose().catch(() => undefined); // else its own server keeps the process alive
    folder.release();
    throw err;
  }
  folder.noteRuntime();
  keeper.reach((name) => miniflare.unsafeGetDirectURL(name));
  for (const binding of Object.keys(worker.d1Databases ?? {})) {
    await keeper.migrate(binding, join(ROOT, "migrations"));
  }

  const sweep = async () => {
    try {
      await keeper.sweep();
    } catch (err) {
      options.log?.(`scheduled failed: ${err instanceof Error ? err.message : String(err)}`);
    }
  };
  // Queues live in memory here, so the first sweep is what finds the work a kill left behind.
  let sweeping = sweep();
  const timer = setInterval(() => {
    sweeping = sweeping.then(sweep);
  }, SWEEP_EVERY_MS);

  return {
    url,
    besideUrl: (name) => miniflare.unsafeGetDirectURL(name),
    async runSql(binding, sql, ...values) {
      await keeper.batch(binding, [statement(sql, ...values)]);
    },
    async stop() {
      clearInterval(timer);
      await sweeping;
      await miniflare.dispose();
      folder.release();
    },
  };
}

/**
 * The socket that the gateway listens on. Of a Worker with assets miniflare would put two Workers of
 * its own before ours, on each call: half as much again as an ack takes. They only choose between
 * assets and Worker, and wrangler.toml says the Worker (`run_worker_first`). So the socket is that
 * of a Worker without assets, which nothing ever reaches.
 */
function listenerOf(worker: V4WorkerOptions, port: number): V4WorkerOptions {
  return {
    name: "listener",
    compatibilityDate: worker.compatibilityDate,
    modules: [{ type: "ESModule", path: "listener.js", contents: "export default {};" }],
    unsafeDirectSockets: [{ host: "127.0.0.1", port, serviceName: worker.name }],
  };
}

/** wrangler.toml, read by wrangler itself: one list of bindings for here and for production. */
function workerConfig() {
  // wrangler speaks about secrets that it cannot know: they are passed as bindings above.
  const { log, warn } = console;
  console.log = console.warn = () => undefined;
  try {
    const config = unstable_getMiniflareWorkerOptions(join(ROOT, "wrangler.toml"));
    return { ...config, main: config.main ?? join(ROOT, "src/index.ts") };
  } finally {
    Object.assign(console, { log, warn });
  }
}

/** What stands in for packages in the bundle, by wrangler.toml. */
function workerAlias(): Record<string, string> {
  return unstable_readConfig({ config: join(ROOT, "wrangler.toml") }).alias ?? {};
}

/** One ES module of a Worker and all that it imports. @throws Error when it does not build */
export async function bundle(entry: string): Promise<string> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true, // as wrangler does at a deploy (wrangler.toml)
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "import"],
    alias: workerAlias(),
    absWorkingDir: ROOT, // of which the aliases' paths are told
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    external: ["cloudflare:*", "node:*"],
    logLevel: "error",
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error("The Worker's bundle came out empty.");
  return file.text;
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
