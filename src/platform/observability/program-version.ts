/** Which program this is: said in the log, in metrics, in an agent's Lease and by `openelb-vip version`. */
import type { Metrics } from './metrics.js';

export interface ProgramVersion {
  readonly version: string;
  /** Of the sources, with `-dirty` behind it if they were changed; `unknown` where they were no clone. */
  readonly commit: string;
}

/** Put in by scripts/build.mjs. */
declare const builtVersion: ProgramVersion | undefined;

/** What the bundle was built from. Sources that are run as they are have no version. */
export function programVersion(): ProgramVersion {
  return typeof builtVersion === 'undefined' ? { version: 'development', commit: 'unknown' } : builtVersion;
}

/** `openelb_build_info`, whose value is always 1. */
export function registerBuildInfo(metrics: Metrics): void {
  const info = metrics.gauge(
    'openelb_build_info',
    'The version and commit of this program, and its Node.js: always 1.',
  );
  info.set({ ...programVersion(), node: process.version }, 1);
}
