/**
 * Reads a JSON file of `public/`: data that few requests ask for is no part of the code, which every
 * cold start parses. Whoever asks often keeps what it got.
 *
 * @param path with its slash, such as /event-types.json
 * @throws Error naming the path when the file was not deployed
 */
export async function readAsset<T>(assets: Fetcher, path: string): Promise<T> {
  const found = await assets.fetch(new URL(path, "https://assets.local"));
  if (!found.ok) {
    throw new Error(`The asset ${path} is not there: \`npm run assets\` or \`npm run docs\`.`);
  }
  return found.json<T>();
}
