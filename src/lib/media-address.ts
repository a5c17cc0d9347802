/**
 * Where the bytes of a file at Meta are downloaded from us, with the partner's key. It does not end
 * after 5 minutes as Meta's own does (protocol.md 3.4): the file is resolved anew each time.
 *
 * @param publicUrl of the gateway
 * @param version of the API, such as v24.0
 */
export function mediaAddress(
  publicUrl: string,
  file: { version: string; media: string; phoneNumberId: string },
): string {
  const path = `/${file.version}/${file.media}/download?phone_number_id=${file.phoneNumberId}`;
  return new URL(path, publicUrl).href;
}
