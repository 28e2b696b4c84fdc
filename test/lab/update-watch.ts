import { wallClockOffset } from './clock.js';
import { eventually } from './eventually.js';
import type { Host } from './host.js';

/** Watches the wire of a router for UPDATE messages. */
export interface UpdateWatch {
  /** In the order in which they came. */
  readonly updates: readonly SeenUpdate[];
  stop(): Promise<void>;
}

export interface SeenUpdate {
  /** When the kernel had the frame that it begins in, by the clock of clock.ts. */
  readonly at: number;
  /** Whose it is: an IPv4 address. */
  readonly from: string;
}

/** By tcpdump on the router's eth0, of sessions over IPv4. */
export async function watchUpdates(router: Host): Promise<UpdateWatch> {
  const updates: SeenUpdate[] = [];
  const offset = wallClockOffset();
  const tcpdump = router.start('tcpdump', 'tcpdump', [
    ...['-i', 'eth0', '-Q', 'in', '-n', '-l', '-v', '-tt', '--immediate-mode', '-Z', 'root', 'tcp port 179'],
  ]);
  let frame: SeenUpdate | undefined;
  tcpdump.onLine((line) => {
    const at = /^(\d+)\.(\d{6}) IP /.exec(line);
    if (at) frame = { at: Number(at[1]) * 1e6 + Number(at[2]) + offset, from: '' };
    const from = /^\s+(\d+\.\d+\.\d+\.\d+)\.\d+ > /.exec(line)?.[1];
    if (from !== undefined && frame !== undefined) frame = { ...frame, from };
    if (/Update Message \(2\)/.test(line) && frame !== undefined) updates.push(frame);
  });
  await eventually('tcpdump to listen', () => tcpdump.log().includes('listening on'), { onTimeout: tcpdump.log });
  return {
    updates,
    stop: async () => {
      tcpdump.signal('SIGTERM');
      await tcpdump.exited;
    },
  };
}
