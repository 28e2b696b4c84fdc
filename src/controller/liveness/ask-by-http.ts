/** One question to an agent, by HTTP, on a connection of its own: hundreds that stay open would cost more memory than they save work. */
import { get } from 'node:http';
import { longestAnswer } from '../../api/asking.js';

/** The whole exchange, in milliseconds: less than a round. */
const timeoutMs = 2_000;

/** @returns the body of an answer with status 200. @throws Error for whatever else comes of it */
export function askByHttp(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      let body = '';
      response.setEncoding('latin1');
      response.on('data', (text: string) => {
        body += text;
        if (body.length > longestAnswer) response.destroy(new Error('it says more than an answer has'));
      });
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    request.once('error', reject);
    request.once('close', () => reject(new Error('closed without an answer')));
  });
}
