import { asObject, asObjects, asText } from "../../meta/read-json.ts";
import type { Json } from "../../meta/read-json.ts";

/** What a message says, in lines for people; `shape` says how much of what it is, without a word of it. */
export interface Content {
  lines: string[];
  shape: string;
}

/**
 * Meta's object for a type as text. What has no text of its own, and what is newer than this, is
 * named by its type.
 *
 * @param body the stored body, as Meta wrote it
 */
export function readContent(type: string, body: Json): Content {
  const lines = listLines(type, body).filter((line) => line !== undefined);
  const length = lines.reduce((sum, line) => sum + line.length, 0);
  const shape = length === 0 ? "" : `${length} characters`;
  return { lines, shape };
}

function listLines(type: string, body: Json): (string | undefined)[] {
  const part = asObject(body[type]);
  const read = (name: string) => asText(part?.[name]);
  switch (type) {
    case "text":
      return [read("body")];
    case "image":
    case "video":
    case "audio":
    case "document":
    case "sticker":
      return [read("filename"), read("caption")];
    case "location":
      return [read("name"), read("address"), join(read("latitude"), read("longitude"))];
    case "contacts":
      return asObjects(body["contacts"]).map((contact) =>
        asText(asObject(contact["name"])?.["formatted_name"]),
      );
    case "interactive":
      return [
        asText(asObject(part?.["body"])?.["text"]),
        ...["button_reply", "list_reply"].map((reply) =>
          asText(asObject(part?.[reply])?.["title"]),
        ),
      ];
    case "button":
      return [read("text")];
    case "template":
      return [`template ${read("name") ?? ""}`];
    case "order":
      return [`${asObjects(part?.["product_items"]).length} products`, read("text")];
    case "system":
      return [read("body")];
    default:
      return [];
  }
}

function join(left: string | undefined, right: string | undefined): string | undefined {
  return left === undefined || right === undefined ? undefined : `${left}, ${right}`;
}
