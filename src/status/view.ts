/** What the tables of `openelb-vip status` are made of, beside the objects. */
import type { AgentStatus } from '../agent/status/agent-status.js';
import { type Paint, plain } from '../cli/paint.js';
import { age } from './age.js';
import type { Heard } from './heard.js';

export interface View {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** When each node's agent was heard of; undefined when it could not be read. */
  readonly heard: ReadonlyMap<string, Heard> | undefined;
  /** When the controller was heard of last; undefined: never, or it could not be read. */
  readonly controllerHeardMs?: number | undefined;
  /** What the agent on this host says right now, if there is one. */
  readonly local: AgentStatus | undefined;
  /** With more columns. */
  readonly wide?: boolean;
  readonly paint?: Paint;
}

export function paintOf({ paint }: Pick<View, 'paint'>): Paint {
  return paint ?? plain;
}

/** How old what was said of these nodes is: `now` where the agent on this host was asked. */
export function heardText(nodes: readonly string[], { nowMs, heard, local }: View): string {
  if (local !== undefined && nodes.includes(local.node)) return 'now';
  if (heard === undefined) return '?';
  const times = nodes.flatMap((node) => heard.get(node)?.atMs ?? []);
  return times.length === 0 ? 'never' : age(nowMs - Math.max(...times));
}
