import { eventually } from './eventually.js';
import type { Host } from './host.js';
import { type Process, programArguments, urgently } from './process.js';

export const probePort = 7007;

/** Starts the answering program on a node: UDP probes on `probePort`, HTTP on `httpPort` (default 80). */
export async function startResponder(host: Pick<Host, 'name' | 'start'>, httpPort = 80): Promise<Process> {
  const program = programArguments(new URL('./programs/responder', import.meta.url), import.meta.url);
  const parameters = [host.name, String(probePort), String(httpPort)];
  const [command, args] = urgently(process.execPath, [...program, ...parameters]);
  const responder = host.start('responder', command, args);
  let ready = false;
  responder.onLine((line) => {
    ready = line === 'ready';
  });
  await eventually(`${responder.title} ready`, () => ready, { onTimeout: () => responder.log() });
  return responder;
}
