/** What an agent answers over HTTP. */
import { alivePath } from '../api/asking.js';
import { type Answer, healthRoute, type Routes } from '../platform/observability/health.js';
import type { Metrics } from '../platform/observability/metrics.js';
import { programVersion } from '../platform/observability/program-version.js';
import type { Agent } from './agent.js';
import type { BgpManager } from './bgp/manager.js';
import type { EngineReport, ReportedMembers } from './engine/messages.js';
import { readinessOf, readyRoute, sourceText } from './health.js';
import type { AgentHistory } from './history/remembered.js';
import type { GroupSource } from './sources/group-source.js';
import type { AgentStatus } from './status/agent-status.js';
import { shownBgp } from './status/shown-bgp.js';
import { shownDraining } from './status/shown-draining.js';

/**
 * `local`: what it holds concerns nobody but this machine.
 *
 * @param o.amiss what is not as it should be with the process itself, each a sentence or nothing
 */
export function agentRoutes(o: {
  readonly node: string;
  readonly metrics: Metrics;
  readonly agent: () => Agent | undefined;
  readonly bgp: BgpManager;
  readonly source: () => GroupSource | undefined;
  readonly reported: (members?: ReportedMembers) => Promise<EngineReport | { readonly engine: string }> | undefined;
  readonly amiss: () => readonly (string | undefined)[];
  /** Answers the controller; undefined where none is to ask. */
  readonly alive: () => ((url: string) => Promise<Answer>) | undefined;
}): { readonly all: Routes; readonly local: Routes } {
  return {
    all: {
      '/healthz': healthRoute(() => {
        const agent = o.agent();
        return agent === undefined ? 'starting' : agent.problem();
      }),
      '/readyz': readyRoute(async () => {
        const reported = o.agent()?.problem() ? undefined : await o.reported('idle');
        return readinessOf(o.agent(), o.source(), reported, o.amiss());
      }),
      '/metrics': async () => ({
        status: 200,
        contentType: 'text/plain; version=0.0.4',
        body: await o.metrics.text(),
      }),
      [alivePath]: (url) => o.alive()?.(url) ?? { status: 503, body: 'no controller is to ask here\n' },
    },
    local: {
      '/status': async () => {
        const unnamed = o.agent()?.unnamed()?.text;
        const status: AgentStatus = {
          node: o.node,
          version: programVersion().version,
          source: sourceText(o.source()),
          ...(unnamed && { unnamed }),
          ...(await o.reported()),
          ...shownBgp(o.bgp, o.node),
          ...shownDraining(o.agent()?.draining()),
        };
        return json(status);
      },
      '/groups': () => json(o.agent()?.groups() ?? []),
      '/history': () => {
        const history: AgentHistory = {
          node: o.node,
          version: programVersion().version,
          now: Date.now(),
          entries: o.agent()?.history() ?? [],
        };
        return json(history);
      },
    },
  };
}

function json(value: object): Answer {
  return { status: 200, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}
