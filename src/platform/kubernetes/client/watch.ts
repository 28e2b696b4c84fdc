import type { Query } from '../call.js';
import { createLineSplitter } from '../line-splitter.js';
import { answered } from '../reach.js';
import type { Exchange } from '../transport.js';
import type { WatchOptions } from './contract.js';
import { refusal } from './refusal.js';
import { withQuery } from './request.js';
import type { ClientState } from './state.js';

/** Owns: an answer that goes on, line by line. */

const defaultIdleMs = 360_000;

export async function watch(
  state: ClientState,
  path: string,
  query: Query,
  onLine: (line: string) => void,
  options: AbortSignal | WatchOptions = {},
): Promise<void> {
  const { transport, connection, reach } = state;
  const { signal, onOpen, idleMs } = options instanceof AbortSignal ? { signal: options } : options;
  const exchange: Exchange = {
    method: 'GET',
    path: withQuery(path, query),
    accept: 'application/json',
    signals: signal === undefined ? [] : [signal],
  };
  const onData = createLineSplitter(onLine);
  const opened = () => {
    answered(reach);
    onOpen?.();
  };
  const response = await transport.stream(exchange, { idleMs: idleMs ?? defaultIdleMs, onOpen: opened, onData });
  if (response === undefined) return;
  answered(reach);
  if (response.status === 401) connection.refresh();
  throw refusal(state, exchange, response);
}
