import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const ROOT = join(import.meta.dirname, "../..");

/** As the file is written. */
export type OpenApiDocument = {
  openapi: string;
  paths: Record<string, Record<string, { operationId?: string }>>;
} & Record<string, unknown>;

interface Sources {
  document: (version: string) => Promise<OpenApiDocument>;
  undescribed: () => string[];
  /** What each door asks of a key, by `METHOD /path` as routes are written. */
  scopeRules: ReadonlyMap<string, { scope: string; wholePartner: boolean }>;
}

/** The app with all that describes it, built as the Worker is: Node cannot import its pages. */
export async function openApiSources(): Promise<Sources> {
  const folder = mkdtempSync(join(tmpdir(), "tandem-openapi-"));
  try {
    const file = join(folder, "openapi.mjs");
    await build({
      entryPoints: [join(ROOT, "src/openapi/index.ts")],
      outfile: file,
      bundle: true,
      format: "esm",
      target: "es2024",
      conditions: ["import"],
      jsx: "automatic",
      jsxImportSource: "hono/jsx",
      external: ["cloudflare:*", "node:*"],
      logLevel: "error",
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    return (await import(file)) as Sources;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The document as public/openapi.json holds it. */
export async function openApiFile(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    version: string;
  };
  const { document } = await openApiSources();
  return `${JSON.stringify(await document(version), null, 1)}\n`;
}

export async function writeOpenApi(): Promise<void> {
  writeFileSync(join(ROOT, "public/openapi.json"), await openApiFile());
}
