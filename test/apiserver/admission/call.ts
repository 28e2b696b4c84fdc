// Owns: one HTTPS request to a webhook.
import { type RequestOptions, request } from 'node:https';
import type { Json } from '../object.js';
import { type Endpoint, serverName } from './endpoint.js';

const maximumBytes = 3 * 1024 * 1024;

/** POSTs JSON and reads JSON. Throws an Error that says what was asked where, and why there is no answer. */
export async function call(endpoint: Endpoint, body: Json, timeoutSeconds: number): Promise<Json> {
  const url = new URL(endpoint.url);
  url.searchParams.set('timeout', `${timeoutSeconds}s`);
  try {
    return await post(url, endpoint, JSON.stringify(body), timeoutSeconds * 1000);
  } catch (error) {
    const late = (error as Error).name === 'AbortError' || (error as Error).name === 'TimeoutError';
    const why = late ? 'context deadline exceeded' : (error as Error).message;
    throw new Error(`Post "${url}": ${why}`, { cause: error });
  }
}

function post(url: URL, endpoint: Endpoint, text: string, timeoutMs: number): Promise<Json> {
  const name = serverName(endpoint);
  const options: RequestOptions = {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(text),
      Accept: 'application/json',
      'User-Agent': 'kube-apiserver-admission',
      Host: url.host,
    },
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
    minVersion: 'TLSv1.2',
    ...(name !== undefined && { servername: name }),
    ...(endpoint.authorities !== undefined && { ca: endpoint.authorities }),
    ...endpoint.connectTo,
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, async (response) => {
      try {
        const chunks: Buffer[] = [];
        let length = 0;
        for await (const chunk of response as AsyncIterable<Buffer>) {
          length += chunk.length;
          if (length > maximumBytes) throw new Error(`the answer has more than ${maximumBytes} bytes`);
          chunks.push(chunk);
        }
        const answer = Buffer.concat(chunks).toString();
        if (response.statusCode !== 200)
          throw new Error(`the answer has status ${response.statusCode}: ${answer.trim()}`);
        resolve(JSON.parse(answer));
      } catch (error) {
        reject(error);
      }
    });
    sent.on('error', reject);
    sent.end(text);
  });
}
