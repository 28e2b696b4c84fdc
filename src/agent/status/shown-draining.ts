/** What the agent says of connections over moves to whoever asks on its host. */
import type { DrainingReport } from '../draining/drainer.js';

export interface ShownDraining {
  readonly connections: {
    /** Why they are not kept, if they are not. */
    readonly problem?: string;
    /** Nodes that led before, to which segments go now, as the addresses of their adverts. */
    readonly handedTo: readonly string[];
    /** Of how many connections segments were handed on within the last minute. */
    readonly count: number;
    /** Packets since the agent's start, by what became of them. */
    readonly packets: Readonly<Record<string, number>>;
  };
}

/** Undefined where no group asks for it. */
export function shownDraining(report: DrainingReport | undefined): ShownDraining | undefined {
  if (report === undefined || !report.asked) return undefined;
  const { problem, to, connections, packets } = report;
  return {
    connections: {
      ...(problem !== undefined && { problem }),
      handedTo: to,
      count: connections,
      packets: Object.fromEntries(packets),
    },
  };
}
