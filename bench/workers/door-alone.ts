import worker from "../../src/index.ts";

/*
 * Tandem's own bundle with an archive that takes everything and keeps nothing: what is left of the
 * door's processor time is the Worker's, without that of the local stand-in for R2.
 */

const swallowing = { put: async () => null } as unknown as R2Bucket;
let around: Env | undefined;

export default {
  fetch(request, env, ctx) {
    around ??= { ...env, ARCHIVE: swallowing };
    return worker.fetch(request, around, ctx);
  },
} satisfies ExportedHandler<Env>;
