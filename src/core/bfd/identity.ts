import { bfdSourcePorts } from '../wire/bfd.js';

/**
 * A discriminator for a new session: not 0, and no other session's (RFC 5880 6.8.1). By chance, so that who cannot read packets cannot
 * guess it (RFC 5880 9).
 *
 * @param random 0 to below 1
 */
export function chooseDiscriminator(taken: ReadonlySet<number>, random: number): number {
  return choose(1, 0xffff_ffff, taken, random)!;
}

/**
 * A source port for a new session, no other session's (RFC 5881 4); undefined when all are taken. Other programs' ports are not known here:
 * when one cannot be bound, add it to `taken` and choose again.
 *
 * @param random 0 to below 1
 */
export function chooseSourcePort(taken: ReadonlySet<number>, random: number): number | undefined {
  return choose(bfdSourcePorts.first, bfdSourcePorts.last, taken, random);
}

/** The first free number from a random place on, round and round. */
function choose(first: number, last: number, taken: ReadonlySet<number>, random: number): number | undefined {
  const count = last - first + 1;
  const start = Math.floor(random * count);
  for (let i = 0; i < Math.min(count, taken.size + 1); i++) {
    const candidate = first + ((start + i) % count);
    if (!taken.has(candidate)) return candidate;
  }
  return undefined;
}
