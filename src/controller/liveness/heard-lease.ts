/** The Lease by which the leading controller says whom it hears: for who has not asked, as other controllers and `openelb-vip status`. */

import { agentLeaseDurationMs } from '../../api/agent-lease.js';
import { formatClocks, heardLeaseLabels, heardLeaseName, leaseClocks, leaseHeard } from '../../api/asking.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { leases } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Clock, Log } from '../../platform/kubernetes/clock.js';
import type { Lease } from '../../platform/kubernetes/lease-record.js';
import { microTime } from '../../platform/kubernetes/micro-time.js';
import type { Heard } from './asking.js';

/** @returns what writes it; that never rejects */
export function heardLeaseWriter(o: {
  readonly client: Pick<ApiClient, 'create' | 'mergePatch'>;
  readonly namespace: string;
  readonly clock: Clock;
  readonly log: Log;
}): (heard: Heard) => Promise<void> {
  const { client, namespace, clock, log } = o;
  let isUnderWay = false;
  return async (heard) => {
    // One that is late says less than the next one.
    if (isUnderWay) return;
    isUnderWay = true;
    const body = {
      metadata: {
        labels: heardLeaseLabels,
        annotations: { [leaseHeard]: [...heard.keys()].join(','), [leaseClocks]: formatClocks(heard) },
      },
      // Nobody holds it: by that it is none of an agent.
      spec: {
        holderIdentity: '',
        leaseDurationSeconds: agentLeaseDurationMs / 1_000,
        renewTime: microTime(clock.wall()),
      } satisfies Lease['spec'],
    };
    try {
      await client.mergePatch(leases, `${namespace}/${heardLeaseName}`, body).catch((error: unknown) => {
        if (!hasStatus(error, 404)) throw error;
        return client.create(leases, { ...body, metadata: { ...body.metadata, name: heardLeaseName, namespace } });
      });
    } catch (error) {
      log.debug('cannot say which agents are heard', { error: String(error) });
    } finally {
      isUnderWay = false;
    }
  };
}
