/** Begins to ask for addresses: before they are held, and while they are (late-checks.ts). What comes of it is settled by outcomes.ts. */
import { startProbe } from '../../../core/neighbor/probe.js';
import type { Micros } from '../../../core/time.js';
import type { Conflicts } from './state.js';
import type { Probing, Watched } from './watched.js';

/** Addresses that are probed together. At a first start all groups may have theirs to be asked for at the same instant. */
const probesTogether = 64;

/** Asks for addresses that are not held until nobody has answered. */
export function probe(c: Conflicts, addresses: readonly Watched[], now: Micros): void {
  for (const each of nicOf(addresses) === undefined ? [] : addresses) {
    each.state = 'probing';
    c.waiting.delete(each);
  }
  ask(c, addresses, false, now);
}

/** Asks for addresses that are held meanwhile. */
export function probeHeld(c: Conflicts, addresses: readonly Watched[], now: Micros): void {
  ask(c, addresses, true, now);
}

function ask(c: Conflicts, addresses: readonly Watched[], check: boolean, now: Micros): void {
  const nic = nicOf(addresses);
  if (nic === undefined) return;
  for (let from = 0; from < addresses.length; from += probesTogether) {
    const some = addresses.slice(from, from + probesTogether);
    c.probes.push({ nic, addresses: some, probe: startProbe(some.length, now), check });
  }
}

function nicOf([first]: readonly Watched[]): Probing['nic'] | undefined {
  return first?.member.phase.binding?.nic;
}
