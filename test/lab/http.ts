import type { Host } from './host.js';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Asks a URL from a host, as what runs there would, with the one program that every machine of these tests has.
 * @throws LabError when no answer is complete within the time
 */
export async function httpGet(host: Pick<Host, 'run'>, url: string, withinMs = 2000): Promise<HttpAnswer> {
  return JSON.parse(await host.run(process.execPath, ['-e', program, url, String(withinMs)])) as HttpAnswer;
}

const program = `
const [url, ms] = process.argv.slice(1);
require('node:http').get(url, { agent: false, signal: AbortSignal.timeout(Number(ms)) }, (response) => {
  let body = '';
  response.setEncoding('utf8').on('data', (text) => { body += text; });
  response.on('end', () => console.log(JSON.stringify({ status: response.statusCode, body })));
});
`;
