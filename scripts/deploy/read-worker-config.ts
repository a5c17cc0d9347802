import { join } from "node:path";
import { experimental_readRawConfig } from "wrangler";
import type { RawConfig } from "./worker-config.ts";

/** wrangler.toml as it stands there, read by wrangler itself. */
export function readWorkerConfig(root: string): RawConfig {
  const { rawConfig } = experimental_readRawConfig({ config: join(root, "wrangler.toml") });
  const config: unknown = rawConfig;
  return config as RawConfig;
}
