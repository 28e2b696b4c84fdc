/** One HTTP request to an address, over a connection of its own. */
import { get } from 'node:http';
import { isIPv6 } from 'node:net';

/** In milliseconds: one answer may take as long as a lost packet takes to be sent again, twice. */
const patienceMs = 3_000;

export function urlOf(address: string, port: number, path: string): string {
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}${path}`;
}

/** What is wrong with the answer, for people; undefined: it was 2xx or 3xx. Never rejects. */
export function askOnce(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: patienceMs }, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 400 ? undefined : `${url} answers ${status}`);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer in ${patienceMs / 1_000} s`)));
    request.on('error', (error) => resolve(`${url} does not answer: ${error.message}`));
  });
}
