import type { ApiClient } from '../../../../src/platform/kubernetes/client.js';
import { newReach } from '../../../../src/platform/kubernetes/reach.js';

/** A client of which one watch is begun. @param onOpen hears how to send events by it */
export function watchedBy(list: () => Promise<object>, onOpen: (send: (event: object) => void) => void): ApiClient {
  const watch = (
    _path: string,
    _query: unknown,
    onLine: (line: string) => void,
    o: { readonly onOpen: () => void; readonly signal: AbortSignal },
  ) =>
    new Promise<void>((resolve) => {
      onOpen((event) => onLine(JSON.stringify(event)));
      o.onOpen();
      o.signal.addEventListener('abort', () => resolve());
    });
  return { list, reach: newReach(), request: list, watch } as unknown as ApiClient;
}
