/*
 * Writes tandem.d.ts from the gateway's document: `npm run types` in this folder, after `npm install`.
 * A gateway that runs elsewhere: `node generate.ts https://gateway.example/openapi.json`.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const HERE = import.meta.dirname;
const source = process.argv[2] ?? join(HERE, "../../public/openapi.json");
const document = source.startsWith("http")
  ? await (await fetch(source)).text()
  : readFileSync(source, "utf8");
const folder = mkdtempSync(join(tmpdir(), "tandem-types-"));
const input = join(folder, "openapi.json");
const output = join(folder, "tandem.d.ts");
writeFileSync(input, document);
const generator =
  process.env["OPENAPI_TYPESCRIPT"] ?? join(HERE, "node_modules/.bin/openapi-typescript");
execFileSync(generator, [input, "--output", output], { stdio: "ignore" });
const sha256 = createHash("sha256").update(document).digest("hex");
const head = `// Written by generate.ts from openapi.json, sha256 ${sha256}\n`;
writeFileSync(join(HERE, "tandem.d.ts"), head + readFileSync(output, "utf8"));
rmSync(folder, { recursive: true });
