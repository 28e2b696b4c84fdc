import { eventually } from './eventually.js';
import type { Host } from './host.js';
import { type Process, programArguments } from './process.js';

export const probePort = 7007;

/** Starts the answering program on a node: UDP probes on `probePort`, HTTP on `httpPort` (default 80). */
export async function startResponder(host: Host, httpPort = 80): Promise<Process> {
  const program = programArguments(new URL('./programs/responder', import.meta.url), import.meta.url);
  const responder = host.start('responder', process.execPath, [
    ...program,
    host.name,
    String(probePort),
    String(httpPort),
  ]);
  let ready = false;
  responder.onLine((line) => {
    ready = line === 'ready';
  });
  await eventually(`${responder.title} ready`, () => ready, { onTimeout: () => responder.log() });
  return responder;
}
