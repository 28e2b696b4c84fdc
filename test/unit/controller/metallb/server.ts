import { ApiError } from '../../../../src/platform/kubernetes/api-error.js';
import type { CallOptions } from '../../../../src/platform/kubernetes/call.js';
import type { ApiClient } from '../../../../src/platform/kubernetes/client.js';
import { newReach } from '../../../../src/platform/kubernetes/reach.js';

/** An API server of which a test says what it has, and what it refuses. Watches bring nothing and end when they are stopped. */
export interface Server {
  readonly client: ApiClient;
  /** Plurals of MetalLB's kinds, by version. */
  readonly kinds: Map<string, readonly string[]>;
  /** Objects by plural. */
  readonly objects: Map<string, readonly object[]>;
  /** What is answered in place of anything else, by what a path ends in. */
  readonly refusals: Map<string, number>;
  readonly requests: string[];
  /** Ends all watches, so that everything is asked anew. */
  endWatches(): void;
}

export function createServer(): Server {
  const kinds = new Map<string, readonly string[]>();
  const objects = new Map<string, readonly object[]>();
  const refusals = new Map<string, number>();
  const requests: string[] = [];
  const watches = new Set<() => void>();
  const refuse = (path: string, code: number): never => {
    throw new ApiError({ method: 'GET', path, code, status: { reason: 'Refused', message: `it says ${code}` } });
  };
  const request = async ({ path }: CallOptions): Promise<unknown> => {
    requests.push(path);
    for (const [end, code] of refusals) if (path.endsWith(end)) refuse(path, code);
    const [, version] = path.match(/^\/apis\/metallb\.io\/(\w+)$/) ?? [];
    if (version !== undefined) {
      const plurals = kinds.get(version) ?? refuse(path, 404);
      return { resources: plurals.map((name) => ({ name })) };
    }
    const [, of, plural = ''] = path.match(/^\/apis\/metallb\.io\/(\w+)\/namespaces\/[^/]+\/(\w+)$/) ?? [];
    if (of !== undefined && kinds.get(of)?.includes(plural) !== true) refuse(path, 404);
    return { metadata: { resourceVersion: '1' }, items: objects.get(path.split('/').at(-1) ?? '') ?? [] };
  };
  const watch = (
    _path: string,
    _query: object,
    _onLine: unknown,
    { signal, onOpen }: { signal?: AbortSignal; onOpen?: () => void },
  ) => {
    onOpen?.();
    return new Promise<void>((resolve, reject) => {
      const end = () => {
        watches.delete(end);
        resolve();
      };
      watches.add(end);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  };
  return {
    client: { reach: newReach(), request, watch } as unknown as ApiClient,
    kinds,
    objects,
    refusals,
    requests,
    endWatches: () => {
      for (const end of [...watches]) end();
    },
  };
}
