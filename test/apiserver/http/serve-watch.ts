// Owns: a watch as a stream of JSON lines on a connection.
import type { JsonMap, KubeObject } from '../object.js';
import type { Environment } from '../operations/environment.js';
import { partialMetadataOf, tableOf } from '../table/table.js';
import { startWatch, type WatchEvent } from '../watch/watch.js';
import type { Exchange } from './exchange.js';
import type { Shown } from './respond.js';

/** A watch that is being served. */
export interface ServedWatch {
  bookmark(): void;
  end(): void;
  reset(): void;
}

/** Beyond this many bytes that a slow reader has not taken, its watch is cut, as on the real server. */
const maximumBacklog = 64 * 1024 * 1024;
const longestWatchSeconds = 3600;

/** Before its time is up, a watch tells by a bookmark how far it has seen. */
const bookmarkBeforeEndSeconds = 2;

/** Streams a watch until the client leaves, its time is up, or it is ended. Throws a Failure when it cannot begin. */
export function serveWatch(environment: Environment, exchange: Exchange, shown: Shown): void {
  const { request, response, canWrite, watches } = exchange;
  let hasDefinitions = false;
  let isOpen = true;
  const begin = () => {
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders();
  };
  const write = (event: WatchEvent) => {
    if (!isOpen || !canWrite()) return;
    begin();
    response.write(`${JSON.stringify({ type: event.type, object: showEvent(event, shown, !hasDefinitions) })}\n`);
    hasDefinitions = true;
    if (response.writableLength > maximumBacklog) response.destroy();
  };
  const end = () => {
    isOpen = false;
    if (canWrite()) response.end();
  };

  const watch = startWatch(environment, shown.target, shown.query, write, end);
  if (!isOpen) return;
  begin();
  const seconds = Math.min(Number(shown.query.get('timeoutSeconds') ?? 0) || longestWatchSeconds, longestWatchSeconds);
  const farewell = setTimeout(watch.bookmark, Math.max(0, seconds - bookmarkBeforeEndSeconds) * 1000);
  const timeout = setTimeout(end, seconds * 1000);
  const served: ServedWatch = { bookmark: watch.bookmark, end, reset: () => request.socket.resetAndDestroy() };
  watches.add(served);
  response.on('close', () => {
    isOpen = false;
    clearTimeout(farewell);
    clearTimeout(timeout);
    watches.delete(served);
    watch.stop();
  });
}

function showEvent({ type, object }: WatchEvent, { form, target, query, now }: Shown, definitions: boolean): JsonMap {
  if (type === 'ERROR' || form === 'object') return object;
  if (form === 'PartialObjectMetadata') return partialMetadataOf(object as KubeObject);
  const { columns } = target.version;
  const metadata = { resourceVersion: (object as KubeObject).metadata.resourceVersion };
  if (type !== 'BOOKMARK')
    return tableOf([object as KubeObject], metadata, {
      columns,
      include: query.get('includeObject'),
      now,
      definitions,
    });
  return tableOf([], metadata, { columns, include: 'None', now, definitions });
}
