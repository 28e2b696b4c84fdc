// Owns: plain requests to an API server, so that the contract does not depend on any client library.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Cluster } from '../harness.js';

// biome-ignore lint/suspicious/noExplicitAny: tests reach into answers of every shape; a wrong shape fails the assertion
export type Body = any;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Body;
}

export interface RequestOptions {
  readonly contentType?: string;
  readonly accept?: string;
  /** Sent as it is instead of as JSON. */
  readonly text?: string;
}

/** A stream of watch events. */
export interface WatchStream {
  /** The next event; rejects when none comes within `deadlineMs` (default 5 s) or the stream ends. */
  next(deadlineMs?: number): Promise<{ type: string; object: Body }>;
  /** Resolves when the server ends the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

export interface RawClient {
  request(method: string, path: string, body?: Body, options?: RequestOptions): Promise<Answer>;
  get(path: string, options?: RequestOptions): Promise<Answer>;
  post(path: string, body: Body, options?: RequestOptions): Promise<Answer>;
  put(path: string, body: Body): Promise<Answer>;
  delete(path: string, body?: Body): Promise<Answer>;
  merge(path: string, body: Body): Promise<Answer>;
  apply(path: string, manager: string, body: Body, force?: boolean): Promise<Answer>;
  watch(path: string, options?: RequestOptions): Promise<WatchStream>;
}

export function createRawClient(cluster: Pick<Cluster, 'url' | 'token' | 'certificateAuthority'>): RawClient {
  const open = (method: string, path: string, options: RequestOptions, text: string | undefined): ClientRequest => {
    const url = new URL(path, cluster.url);
    const headers = {
      Accept: options.accept ?? 'application/json',
      'User-Agent': 'contract/1',
      ...(text !== undefined && {
        'Content-Type': options.contentType ?? 'application/json',
        'Content-Length': Buffer.byteLength(text),
      }),
      ...(cluster.token && { Authorization: `Bearer ${cluster.token}` }),
    };
    if (url.protocol === 'http:') return httpRequest(url, { method, headers, agent: false });
    return httpsRequest(url, {
      method,
      headers,
      agent: false,
      ...(cluster.certificateAuthority && { ca: cluster.certificateAuthority }),
    });
  };

  const request = async (method: string, path: string, body?: Body, options: RequestOptions = {}): Promise<Answer> => {
    const text = options.text ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await responseTo(open(method, path, options, text), text);
    const received = await readAll(response);
    const isJson = response.headers['content-type']?.includes('json');
    return { status: response.statusCode!, headers: response.headers, body: isJson ? JSON.parse(received) : received };
  };

  return {
    request,
    get: (path, options) => request('GET', path, undefined, options),
    post: (path, body, options) => request('POST', path, body, options),
    put: (path, body) => request('PUT', path, body),
    delete: (path, body) => request('DELETE', path, body),
    merge: (path, body) => request('PATCH', path, body, { contentType: 'application/merge-patch+json' }),
    apply: (path, manager, body, force = false) =>
      request('PATCH', `${path}?fieldManager=${manager}&force=${force}`, body, {
        contentType: 'application/apply-patch+yaml',
      }),
    async watch(path, options = {}) {
      const separator = path.includes('?') ? '&' : '?';
      const sent = open('GET', `${path}${separator}watch=true`, options, undefined);
      const response = await responseTo(sent, undefined);
      if (response.statusCode !== 200)
        throw new Error(`the watch was refused: ${response.statusCode} ${await readAll(response)}`);
      return streamOf(response, sent);
    },
  };
}

function responseTo(request: ClientRequest, text: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
    request.end(text);
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function streamOf(response: IncomingMessage, request: ClientRequest): WatchStream {
  const received: { type: string; object: Body }[] = [];
  let waiting: (() => void) | undefined;
  let hasEnded = false;
  let rest = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    received.push(...lines.filter(Boolean).map((line) => JSON.parse(line)));
    waiting?.();
  });
  const ended = new Promise<void>((resolve) => {
    const finish = () => {
      hasEnded = true;
      waiting?.();
      resolve();
    };
    response.on('end', finish).on('close', finish).on('error', finish);
  });
  return {
    ended,
    close: () => request.destroy(),
    async next(deadlineMs = 5000) {
      const deadline = Date.now() + deadlineMs;
      for (;;) {
        const event = received.shift();
        if (event) return event;
        if (hasEnded) throw new Error('the watch ended before another event');
        const left = deadline - Date.now();
        if (left <= 0) throw new Error(`no watch event within ${deadlineMs} ms`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          waiting = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
  };
}
