/** What an agent answers to whoever asks on its own host. */
import type { EngineReport } from '../engine/messages.js';
import type { ShownBgp } from './shown-bgp.js';
import type { ShownDraining } from './shown-draining.js';

/** Without a report when its engine does not answer. */
export type AgentStatus = Partial<EngineReport & ShownBgp & ShownDraining> & {
  readonly node: string;
  /** Of the agent's program; one of 0.1.0 and before does not say it. */
  readonly version?: string;
  /** `ok` while it is in touch with where its groups come from. */
  readonly source: string;
  /** That no group names its node. */
  readonly unnamed?: string;
  /** What is wrong with the engine. */
  readonly engine?: string;
};
