/** What the programs cost an API server over a while, by what they have asked of it and what went over the wire. */
import type { BuiltController } from '../../cluster/built-controller.js';
import type { Passage } from './passage.js';

export interface Counted {
  readonly controller: BuiltController;
  /** Requests of all agents so far, without watches. */
  readonly agentCalls: () => number;
  readonly agentWays: readonly Passage[];
  readonly controllerWay: Passage;
}

interface Count {
  readonly at: number;
  readonly agentCalls: number;
  readonly agentOctets: number;
  readonly controllerCalls: number;
  readonly controllerOctets: number;
  readonly controllerCpuMs: number;
}

/** Each a second. */
export interface Cost {
  readonly seconds: number;
  readonly agentRequests: number;
  readonly agentKilobytes: number;
  readonly controllerRequests: number;
  readonly controllerKilobytes: number;
  /** Of one core. */
  readonly controllerCores: number;
}

export async function countNow(c: Counted): Promise<Count> {
  const series = await c.controller.metrics();
  const calls = [...series].filter(([name]) => name.startsWith('openelb_api_requests_total{'));
  return {
    at: performance.now(),
    agentCalls: c.agentCalls(),
    agentOctets: c.agentWays.reduce((sum, each) => sum + each.octets(), 0),
    controllerCalls: calls.reduce((sum, [, value]) => sum + value, 0),
    controllerOctets: c.controllerWay.octets(),
    controllerCpuMs: c.controller.cpuMs(),
  };
}

/** What it has cost since then. */
export async function costSince(c: Counted, before: Count): Promise<Cost> {
  const now = await countNow(c);
  const seconds = (now.at - before.at) / 1000;
  const each = (field: Exclude<keyof Count, 'at'>) => (now[field] - before[field]) / seconds;
  return {
    seconds,
    agentRequests: each('agentCalls'),
    agentKilobytes: each('agentOctets') / 1000,
    controllerRequests: each('controllerCalls'),
    controllerKilobytes: each('controllerOctets') / 1000,
    controllerCores: each('controllerCpuMs') / 1000,
  };
}
