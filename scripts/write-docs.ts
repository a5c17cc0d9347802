import { writeFileSync } from "node:fs";
import { commandLine } from "./command-line.ts";
import { auditPage } from "./docs/audit-page.ts";
import { errorsPage } from "./docs/errors-page.ts";
import { eventTypesFile } from "./docs/event-schemas.ts";
import { eventsPage } from "./docs/events-page.ts";
import { lifecyclePage } from "./docs/lifecycle-page.ts";
import { logsPage } from "./docs/logs-page.ts";
import { writeOpenApi } from "./docs/openapi.ts";
import { problemsPage } from "./docs/problems-page.ts";

commandLine(
  "npm run docs --",
  "Writes the pages of docs/ that are printed from the code's own tables, and what goes with them.",
).parse();

writeFileSync("docs/audit.md", auditPage());
writeFileSync("docs/errors.md", errorsPage());
writeFileSync("docs/events.md", eventsPage());
writeFileSync("docs/lifecycle.md", lifecyclePage());
writeFileSync("docs/logs.md", logsPage());
writeFileSync("public/event-types.json", eventTypesFile());
writeFileSync("docs/problems.md", problemsPage());
await writeOpenApi();
