/** Watches begin with the first group that follows somebody, and end with the last. */
import { question, reflectorDiscriminator } from '../../../../core/bfd/seamless.js';
import { createWatch } from '../../../../core/liveness/watch.js';
import type { Micros } from '../../../../core/time.js';
import { encodeControlPacket } from '../../../../core/wire/bfd.js';
import { equalOctets } from '../../../../core/wire/octets.js';
import type { Member } from '../../election/member.js';
import { demandOfMember, isWatchable } from './demand.js';
import type { Watched, WatchesState } from './state.js';

export function start(w: WatchesState, member: Member, source: Uint8Array, key: string, now: Micros): Watched {
  const { nic, source: local } = member.phase.binding!;
  const demand = demandOfMember(member);
  const { patience } = demand;
  const asker = {
    myDiscriminator: 1 + Math.floor(w.random() * 0xffff_fffe),
    reflector: reflectorDiscriminator(source),
  };
  const wantsStream = patience.streamed !== undefined;
  const detectMult = Math.max(1, Math.min(255, Math.round(patience.limit / patience.askEvery)));
  const watched: Watched = {
    key,
    source,
    nic: { index: nic.index, name: nic.link.name },
    local,
    asker,
    question: encodeControlPacket(question({ ...asker, interval: patience.askEvery, detectMult, wantsStream })),
    members: new Set(),
    demand,
    watch: createWatch(patience, now),
    reader: undefined,
    openAt: now,
    pruneAt: now,
    lastAnswer: { octets: new Uint8Array(0), unasked: false },
  };
  w.all.set(key, watched);
  return watched;
}

/** How often it is looked at who follows still: a question too many harms nobody, and each looks at every group. */
const pruneInterval: Micros = 1_000_000;

/** Groups that follow somebody else by now, or nobody, are no concern of it. */
export function prune(w: WatchesState, watched: Watched, now: Micros): void {
  watched.pruneAt = now + pruneInterval;
  for (const member of watched.members) if (!follows(w, member, watched)) watched.members.delete(member);
  if (watched.members.size === 0) end(w, watched);
}

export function follows({ watchOf }: WatchesState, member: Member, watched: Watched): boolean {
  const { binding } = member.phase;
  return (
    watchOf.get(member) === watched &&
    binding?.router.state === 'Backup' &&
    isWatchable(member) &&
    binding.router.activeSource !== undefined &&
    equalOctets(binding.router.activeSource, watched.source)
  );
}

function end({ all }: WatchesState, { reader, key }: Watched): void {
  reader?.close();
  all.delete(key);
}
