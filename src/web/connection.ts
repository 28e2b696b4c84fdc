/** Talks to the controller: logs in, and reads the stream of server-sent events until it breaks, then again. */
import type { Refusal, StreamEvents } from '../controller/web/contract.js';

export interface Listener {
  view(event: StreamEvents['view']): void;
  change(event: StreamEvents['change']): void;
  tick(event: StreamEvents['tick']): void;
  /** Nothing comes any more: the token is of no use, or was never there. */
  refused(refusal: Refusal): void;
  /** Nothing comes for now; it is tried again. */
  lost(refusal: Refusal): void;
}

/** The controller says something each five seconds; who hears nothing for this long has lost it. */
const silentMs = 12_000;
const retryMs = 1_000;

/** Goes on until `signal` aborts or somebody is refused. */
export async function listen(listener: Listener, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const refusal = await once(listener, signal).catch(unreachable);
    if (signal.aborted) return;
    if (refusal !== undefined && isFinal(refusal)) return listener.refused(refusal);
    listener.lost(refusal ?? broken);
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

function isFinal({ kind }: Refusal): boolean {
  return kind !== 'unavailable' && kind !== 'busy';
}

/** @returns why it ended, if the controller said so */
async function once(listener: Listener, signal: AbortSignal): Promise<Refusal | undefined> {
  const own = new AbortController();
  const abort = () => own.abort();
  signal.addEventListener('abort', abort, { once: true });
  let timer = setTimeout(abort, silentMs);
  try {
    const response = await fetch('/events', { signal: own.signal });
    if (!response.ok || response.body === null) return await refusalOf(response);
    let refusal: Refusal | undefined;
    for await (const { event, data } of eventsOf(response.body)) {
      clearTimeout(timer);
      timer = setTimeout(abort, silentMs);
      if (event === 'end') refusal = data as Refusal;
      else if (event === 'view' || event === 'change' || event === 'tick') listener[event](data as never);
    }
    return refusal;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/** Source: WHATWG HTML, 9.2.6 (the parts of it that the controller sends). */
async function* eventsOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<{ event: string; data: unknown }> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const match = /^event: (\w+)\ndata: (.*)$/.exec(block);
      if (match !== null) yield { event: match[1]!, data: JSON.parse(match[2]!) };
    }
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  const found = (await response.json().catch(() => undefined)) as Partial<Refusal> | undefined;
  if (typeof found?.problem === 'string') return found as Refusal;
  const kind = response.status >= 500 ? 'unavailable' : 'bad-request';
  return { kind, problem: `The controller answers ${response.status}.`, remedy: 'Look into its log.' };
}

function unreachable(): Refusal {
  const remedy = 'Does kubectl port-forward still run? The page goes on trying.';
  return { kind: 'unavailable', problem: 'The controller does not answer.', remedy };
}

const broken: Refusal = {
  kind: 'unavailable',
  problem: 'The connection to the controller ended.',
  remedy: 'The page goes on trying.',
};

/** Why not; undefined: it worked. */
export async function logIn(token: string): Promise<Refusal | undefined> {
  const init = { method: 'POST', body: token, headers: { 'content-type': 'text/plain' } };
  const response = await fetch('/session', init).catch(() => undefined);
  if (response === undefined) return unreachable();
  return response.ok ? undefined : refusalOf(response);
}

export async function logOut(): Promise<void> {
  await fetch('/session', { method: 'DELETE' }).catch(() => undefined);
}
