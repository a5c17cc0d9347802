/**
 * Whether what is done every so often was done lately. A mark that lies ahead is of a clock that was
 * wrong: by it nothing would be done until then.
 *
 * @param last epoch ms
 */
export function wasLately(last: number, now: number, everyMs: number): boolean {
  return last <= now && now < last + everyMs;
}
