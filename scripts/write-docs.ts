import { writeFileSync } from "node:fs";
import { errorsPage } from "./docs/errors-page.ts";
import { lifecyclePage } from "./docs/lifecycle-page.ts";

/** Writes the pages of docs/ that are printed from the code's own tables. */
writeFileSync("docs/errors.md", errorsPage());
writeFileSync("docs/lifecycle.md", lifecyclePage());
