import packed from "@sparticuz/chromium";
import type { TestProject } from "vitest/node";

/**
 * Unpacks the browser before the first test file runs: on a fresh machine several would do it side by
 * side, and one cannot be started while another still writes it.
 */
export async function setup({ config }: TestProject): Promise<void> {
  const own = process.env["TMPDIR"];
  process.env["TMPDIR"] = config.env["TMPDIR"] ?? own; // where the tests look for it
  try {
    await packed.executablePath();
  } finally {
    if (own === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = own;
  }
}
