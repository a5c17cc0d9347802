/** Tasks on a dataset (protocol.md 5.1). */
export const DATASET_TASKS = ["EDIT", "ANALYZE", "UPLOAD", "ADVERTISE", "AA_ANALYZE"];

/**
 * Who may upload events to a dataset (protocol.md 5.1): whoever has the task, and the token of the
 * account's own signup, where its configuration granted the Conversions API.
 *
 * @param user whose token it is
 */
export function mayUpload(
  dataset: { uploaders: ReadonlySet<string> },
  user: string,
  token: { isOfSignup: boolean; needsTask: boolean },
): boolean {
  return dataset.uploaders.has(user) || (token.isOfSignup && !token.needsTask);
}
