/** How many adverts of virtual router ID 0 agents have counted: asked for at the port of their metrics. */
import { get } from 'node:http';

const [port, timeoutMs, longest] = [17_472, 1_000, 4 << 20];

/** By address; those are left out that do not answer. Never rejects. */
export async function countedStrays(addresses: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const counts = await Promise.all(
    addresses.map(async (address) => {
      const text = await metricsOf(address);
      return text === undefined ? [] : [[address, countIn(text)] as const];
    }),
  );
  return new Map(counts.flat());
}

/** Drops for that reason; 0 where there were none yet. */
export function countIn(metrics: string): number {
  const line = /^openelb_adverts_dropped_total\{[^}]*reason="virtual-router-id"[^}]*\} (\d+)/m.exec(metrics);
  return line === null ? 0 : Number(line[1]);
}

function metricsOf(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asking = get({ host, port, path: '/metrics', timeout: timeoutMs, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
        if (body.length > longest) asking.destroy();
      });
      response.on('end', () => resolve(response.statusCode === 200 ? body : undefined));
      response.on('error', () => resolve(undefined));
    });
    asking.on('timeout', () => asking.destroy());
    asking.on('error', () => resolve(undefined));
  });
}
