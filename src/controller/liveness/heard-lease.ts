/** The Lease by which the leading controller says whom it hears: for who has not asked, as other controllers and `openelb-vip status`. */

import { agentLeaseDurationMs } from '../../api/agent-lease.js';
import { formatClocks, heardLeaseLabels, heardLeaseName, leaseClocks, leaseHeard } from '../../api/heard-lease.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { leases } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Clock, Log } from '../../platform/kubernetes/clock.js';
import type { Lease } from '../../platform/kubernetes/lease-record.js';
import { microTime } from '../../platform/kubernetes/micro-time.js';
import { parseKey, pathOf } from '../../platform/kubernetes/resource.js';
import type { Heard } from './asking.js';

/** Of one request, in milliseconds: another fits in before others give up those that it names. */
const timeoutMs = 2_000;

export interface HeardLease {
  /** Resolves with whether it was taken; never rejects. */
  write(heard: Heard): Promise<boolean>;
  close(): void;
}

export function openHeardLease(o: {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly clock: Clock;
  readonly log: Log;
}): HeardLease {
  const { namespace, clock, log } = o;
  // It must not queue behind what a busy controller writes.
  const client = o.client.reopen();
  const key = `${namespace}/${heardLeaseName}`;
  let isUnderWay = false;
  let isFailing = false;
  let isClosed = false;
  return {
    async write(heard) {
      if (isUnderWay) return false;
      isUnderWay = true;
      try {
        await put(client, key, heard, clock.wall());
        if (isFailing) log.info('it is said again which agents are heard', { lease: key });
        isFailing = false;
        return true;
      } catch (error) {
        if (!isFailing && !isClosed)
          log.warn('it cannot be said which agents are heard: they write their own Leases', {
            lease: key,
            error: String(error),
          });
        isFailing = true;
        return false;
      } finally {
        isUnderWay = false;
      }
    },
    close() {
      isClosed = true;
      client.close();
    },
  };
}

async function put(client: ApiClient, key: string, heard: Heard, wallMs: number): Promise<void> {
  const annotations = { [leaseHeard]: [...heard.keys()].join(','), [leaseClocks]: formatClocks(heard) };
  const body = {
    metadata: { labels: heardLeaseLabels, annotations },
    // Nobody holds it: by that it is none of an agent.
    spec: {
      holderIdentity: '',
      leaseDurationSeconds: agentLeaseDurationMs / 1_000,
      renewTime: microTime(wallMs),
    } satisfies Lease['spec'],
  };
  const [path, contentType] = [pathOf(leases, parseKey(key)), 'application/merge-patch+json'];
  try {
    await client.request({ method: 'PATCH', path, contentType, body, timeoutMs });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    await client.create(leases, { ...body, metadata: { ...body.metadata, ...parseKey(key) } });
  }
}
