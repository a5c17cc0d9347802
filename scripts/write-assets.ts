import { createHash } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

const PAGES = join(import.meta.dirname, "../src/pages");
const TYPES = { js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8" };

/**
 * What browsers load, built from `src/pages/<page>/client/*.ts` and `*.css` into one module: the
 * Worker serves it, and no bundler needs to know of it (`npm run assets`). A test holds the two
 * together.
 */
export async function buildAssets(): Promise<string> {
  const entries = readdirSync(PAGES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.endsWith("/client"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => /(^|\/)(main|style)\.(ts|css)$/.test(path))
    .sort();
  const assets: Record<string, { path: string; type: string; text: string }> = {};
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
    assets[`${page}.${kind}`] = {
      path: `/assets/${page}-${hash}.${kind}`,
      type: TYPES[kind],
      text,
    };
  }
  return `// Written by scripts/write-assets.ts from src/pages/*/client; run \`npm run assets\`.\n/* oxfmt-ignore */ export const ASSETS = ${JSON.stringify(assets, null, 1)} as const;\n`;
}

if (import.meta.main) {
  writeFileSync(join(PAGES, "assets/built.ts"), await buildAssets());
}
