import { hasStatus } from '../api-error.js';
import { type Lease, observe, readLease } from '../lease-record.js';
import type { ObjectMeta } from '../resource.js';
import type { ElectionState } from './state.js';

/** Owns: reading and writing the Lease; what the server answers is what is known of it from then on. */

/** Reads the Lease. Rejects as `request` does; that there is none is no error */
export async function look(state: ElectionState): Promise<void> {
  const { own, path, renewDeadlineMs, ending } = state;
  try {
    const lease = await own.request<Lease>({
      method: 'GET',
      path,
      timeoutMs: renewDeadlineMs / 2,
      signal: ending.signal,
    });
    state.observed = observe(state.observed, readLease(lease), state.clock.now());
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    state.observed = undefined;
  }
}

/** Writes the claim over what was read; false when somebody else has written meanwhile. Else it rejects as `request` does. */
export async function write(state: ElectionState, spec: Lease['spec'], signal?: AbortSignal): Promise<boolean> {
  const { own, name, namespace, path, collection } = state;
  const body = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: marked(state.observed?.lease.metadata ?? { name, namespace }, state),
    spec,
  };
  const to = state.observed ? { method: 'PUT', path } : { method: 'POST', path: collection };
  try {
    const lease = await own.request<Lease>({ ...to, body, timeoutMs: state.renewDeadlineMs / 2, signal });
    state.observed = observe(state.observed, readLease(lease), state.clock.now());
    return true;
  } catch (error) {
    if (hasStatus(error, 409) || hasStatus(error, 404)) return false;
    throw error;
  }
}

type Marks = Readonly<Record<string, string>>;

function marked(
  metadata: ObjectMeta & { readonly labels?: Marks; readonly annotations?: Marks },
  { labels, annotations }: Pick<ElectionState, 'labels' | 'annotations'>,
): typeof metadata {
  return {
    ...metadata,
    ...(labels && { labels: { ...metadata.labels, ...labels } }),
    ...(annotations && { annotations: { ...metadata.annotations, ...annotations } }),
  };
}
