import { eventually } from './eventually.js';
import type { Host } from './host.js';
import { programArguments } from './process.js';

export interface Tap {
  /** The adverts heard so far, as whole frames. */
  adverts(): readonly Uint8Array[];
  send(frame: Uint8Array): void;
}

/** Starts listening to adverts on a host's eth0. */
export async function startTap(host: Host): Promise<Tap> {
  const adverts: Uint8Array[] = [];
  let ready = false;
  const tap = host.start('tap', process.execPath, [
    ...programArguments(new URL('./programs/tap', import.meta.url), import.meta.url),
  ]);
  tap.onLine((line) => {
    if (line === 'ready') ready = true;
    else adverts.push(Buffer.from(line, 'hex'));
  });
  await eventually(`${tap.title} ready`, () => ready, { onTimeout: () => tap.log() });
  return { adverts: () => adverts, send: (frame) => tap.write(Buffer.from(frame).toString('hex')) };
}
