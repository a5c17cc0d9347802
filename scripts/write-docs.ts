import { writeFileSync } from "node:fs";
import { errorsPage } from "./docs/errors-page.ts";
import { lifecyclePage } from "./docs/lifecycle-page.ts";
import { writeOpenApi } from "./docs/openapi.ts";
import { problemsPage } from "./docs/problems-page.ts";

/** Writes the pages of docs/ that are printed from the code's own tables, and public/openapi.json. */
writeFileSync("docs/errors.md", errorsPage());
writeFileSync("docs/lifecycle.md", lifecyclePage());
writeFileSync("docs/problems.md", problemsPage());
await writeOpenApi();
