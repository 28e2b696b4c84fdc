// Owns: requests to the web view as programs make them, whatever they say in their headers.
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The port of the web view of this machine. The body ends when the server ends it, or `untilText` has come. */
export function ask(
  port: number,
  o: {
    readonly path?: string;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly untilText?: string;
    /** Called when the body begins. */
    readonly onBegin?: () => void;
  } = {},
): Promise<Answer> {
  const { path = '/', method = 'GET', headers = {}, body, untilText, onBegin } = o;
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      method,
      headers: { host: 'localhost', ...headers },
      rejectUnauthorized: false,
      agent: false,
    } as const;
    const sent = request(options, (response) => {
      let text = '';
      const done = () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      response.setEncoding('utf8').on('data', (chunk: string) => {
        if (text === '') onBegin?.();
        text += chunk;
        if (untilText === undefined || !text.includes(untilText)) return;
        done();
        sent.destroy();
      });
      response.on('end', done).on('error', done);
    });
    sent.setTimeout(10_000, () => sent.destroy(new Error('no answer within 10 s')));
    sent.on('error', reject);
    sent.end(body);
  });
}
