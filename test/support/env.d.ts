import type { D1Migration } from "@cloudflare/vitest-plugin";

declare global {
  /** Of Vite, which runs the tests: files by pattern. */
  interface ImportMeta {
    glob(pattern: string): Record<string, unknown>;
  }
  namespace Cloudflare {
    interface Env {
      TEST_MIGRATIONS: D1Migration[];
    }
  }
}
