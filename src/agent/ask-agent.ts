/** Where an agent answers on its own host, and how it is asked. */
import { request } from 'node:http';

/** The abstract socket of a node's agent in the network namespace of its host. Source: unix(7). */
export function agentSocket(node: string): string {
  return `\0openelb-vip/agent/${node}`;
}

/** A thousand groups take less than a tenth of it. Another program may have the name of an agent's socket. */
const longestAnswer = 64 * 1024 * 1024;

/** In the header Host. Node would look whether a name is an address of IPv6, by an expression that takes milliseconds to compile. */
const loopback = '127.0.0.1';

/** Asks an agent over a Unix socket or `http://host:port`. Rejects when nobody answers with 200 within two seconds, or without end. */
export function askAgent(where: { readonly socketPath: string } | URL, path: string): Promise<string> {
  const target =
    where instanceof URL
      ? { host: where.hostname.replace(/^\[|\]$/g, ''), port: where.port }
      : { socketPath: where.socketPath, host: loopback };
  return new Promise((resolve, reject) => {
    const asking = request({ ...target, path, timeout: 2_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
        if (body.length > longestAnswer) asking.destroy(new Error(`it answered more than ${longestAnswer} characters`));
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(body);
        else if (response.statusCode === 404)
          reject(new Error(`it is of a version that does not answer ${path} (${body.trim()}): upgrade it`));
        else reject(new Error(`it answered ${response.statusCode}: ${body.trim()}`));
      });
    });
    asking.on('timeout', () => asking.destroy(new Error('it did not answer within 2 s')));
    asking.on('error', reject);
    asking.end();
  });
}
