import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { commandLine } from "./command-line.ts";

const ROOT = join(import.meta.dirname, "..");
const PAGES = join(ROOT, "src/pages");
/** Served under /assets (wrangler.toml); everything in it is written here. */
const FOLDER = join(ROOT, "public/assets");

/**
 * What browsers load, built from `src/pages/<page>/client/*.ts` and `*.css` (`npm run assets`), and
 * the data that the Worker reads when it is asked for: the files by name, and the module that tells
 * the pages under which address each is served. A test holds them to their sources.
 */
export async function buildAssets(): Promise<{ files: Map<string, string>; module: string }> {
  const entries = findIn("client")
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => /(^|\/)(main|style)\.(ts|css)$/.test(path))
    .sort();
  const files = new Map<string, string>();
  const addresses: Record<string, string> = {};
  for (const entry of entries) {
    const page = basename(join(entry, "../.."));
    const result = await build({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      write: false,
      format: "iife",
      target: "es2022",
      charset: "utf8",
      legalComments: "inline",
      logLevel: "error",
    });
    const text = result.outputFiles[0]?.text ?? "";
    const kind = entry.endsWith(".css") ? "css" : "js";
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
    const name = `${page}-${hash}.${kind}`;
    files.set(name, text);
    addresses[`${page}.${kind}`] = `/assets/${name}`;
  }
  const plans = readFileSync(
    join(ROOT, "node_modules/libphonenumber-js/metadata.min.json"),
    "utf8",
  );
  // For the Worker itself: lib/phone-plans, and the languages of a page.
  files.set("phone-plans.json", plans);
  for (const { name, parentPath } of findIn("texts")) {
    if (!name.endsWith(".json")) continue;
    const texts: unknown = JSON.parse(readFileSync(join(parentPath, name), "utf8"));
    files.set(`${basename(join(parentPath, ".."))}-texts-${name}`, JSON.stringify(texts));
  }
  const module = [
    "// Written by scripts/write-assets.ts from src/pages/*/client; run `npm run assets`.",
    `/* oxfmt-ignore */ export const ASSETS = ${JSON.stringify(addresses, null, 1)} as const;`,
    "",
  ].join("\n");
  return { files, module };
}

/** The files of the pages' folders of this name. */
function findIn(folder: string) {
  return readdirSync(PAGES, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.parentPath.endsWith(`/${folder}`),
  );
}

if (import.meta.main) {
  commandLine(
    "npm run assets --",
    "Builds what browsers load into public/assets, and the module that says under which address.",
  ).parse();
  const { files, module } = await buildAssets();
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(FOLDER, name), text);
  writeFileSync(join(PAGES, "assets/built.ts"), module);
}
