import { asArray, asObject } from "../read-json.ts";
import { bodyUpTo, footer, listHeader } from "./interactive-parts.ts";
import { choose, findRepeat, list, maybe, object, raise, text } from "./pieces.ts";
import type { Complaint, Piece } from "./pieces.ts";

const BODY_MAX = 4096;
const BUTTON_MAX = 20;
const SECTIONS_MAX = 10;
const SECTION_TITLE_MAX = 24;
const ROWS_MAX = 10;
const ROW_ID_MAX = 200;
const ROW_TITLE_MAX = 24;
const ROW_DESCRIPTION_MAX = 72;

const rows = list(
  "the rows of the section",
  object("a row", {
    id: text("what comes back when the row is chosen", ROW_ID_MAX),
    title: text("what the row says", ROW_TITLE_MAX),
    description: maybe(text("the line below the title", ROW_DESCRIPTION_MAX)),
  }),
  1,
  ROWS_MAX,
);

const onlySection = sectionsWith(maybe(text("the heading of the section", SECTION_TITLE_MAX)));
const severalSections = sectionsWith(
  text("the heading of the section, needed where there are several", SECTION_TITLE_MAX),
);

/** `interactive` of type `list` (protocol.md 3.2). */
export const listContent = object("the list", {
  header: maybe(listHeader),
  body: bodyUpTo(BODY_MAX),
  footer: maybe(footer),
  action: object("the button and the sections it opens", {
    button: text("the label of the button that opens the list", BUTTON_MAX),
    sections: choose((sections) => (asArray(sections).length > 1 ? severalSections : onlySection)),
  }),
});

function sectionsWith(title: Piece): Piece {
  return list(
    "the sections of the list",
    object("a section", { title, rows }),
    1,
    SECTIONS_MAX,
  ).check(raise(findRowComplaint));
}

/** What holds for the rows of all sections together: how many there are, and that ids differ. */
function findRowComplaint(sections: unknown): Complaint | undefined {
  const found = asArray(sections).flatMap((section, at) =>
    asArray(asObject(section)?.["rows"]).map((row, index) => ({
      path: [at, "rows", index, "id"],
      value: asObject(row)?.["id"],
    })),
  );
  if (found.length > ROWS_MAX) {
    return { path: [], message: `has ${found.length} rows in all; ${ROWS_MAX} are allowed.` };
  }
  return findRepeat(found, "is that of an earlier row too; give every row its own id.");
}
