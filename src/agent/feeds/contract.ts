/** What feeds the agent: the cluster (with a checkpoint behind it, and status going back), or a directory. */
import type { FlagValues } from '../../cli/flags.js';
import type { ApiCall } from '../../platform/observability/api-metrics.js';
import type { Answer } from '../../platform/observability/health.js';
import type { Logger } from '../../platform/observability/log.js';
import type { Agent } from '../agent.js';
import type { BgpManager } from '../bgp/manager.js';
import type { Farewell } from '../engine/routing/contract.js';
import type { GroupSource } from '../sources/group-source.js';
import type { StatusWriter } from '../status/status-writer.js';

export interface Feed {
  readonly source: GroupSource;
  /** Where the engine's reports go; undefined without a cluster. */
  readonly status: StatusWriter | undefined;
  /** What is not as it should be, though addresses are served. */
  problems(): readonly (string | undefined)[];
  /** Sessions with routers, or what they mean for groups, may stand otherwise than before. */
  bgpChanged(): void;
  /** Answers whether this agent lives, where somebody is to ask it. @param url of the request */
  readonly alive?: (url: string) => Promise<Answer>;
  /** How routers are to be left now that the agent stops. Never rejects. */
  farewell(): Promise<Farewell>;
  close(): Promise<void>;
}

export interface FeedOptions {
  readonly values: FlagValues;
  readonly node: string;
  readonly log: Logger;
  readonly agent: Agent;
  readonly bgp: BgpManager;
  readonly env: NodeJS.ProcessEnv;
  /** Told of each request to the API server. */
  readonly onCall: (call: ApiCall) => void;
}
