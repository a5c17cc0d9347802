/**
 * What a program prints as JSON, document by document: one a line, as the gateway writes its lines,
 * or over several lines, as `wrangler tail --format json` does (it begins and ends with a brace in
 * the first column). Anything else is handed on line by line.
 */
export async function* joinJson(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let open: string[] = [];
  for await (const line of lines) {
    if (open.length === 0 && line !== "{") {
      if (line !== "") yield line;
      continue;
    }
    open.push(line);
    if (line !== "}") continue;
    yield open.join("\n");
    open = [];
  }
  if (open.length > 0) yield open.join("\n");
}
