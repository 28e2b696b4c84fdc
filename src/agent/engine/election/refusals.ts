/** Acts on what the kernel refuses: see `hold-down.ts`. Told while addresses are worked on, and done after that. */
import type { Micros } from '../../../core/time.js';
import type { EngineEvent } from '../messages.js';
import { holdDown } from './hold-down.js';
import type { Member } from './member.js';
import { heldDown, isTakingPart } from './phase.js';

export interface Refusals {
  /** The kernel refuses the group all its addresses. */
  tell(group: string, refusal: string): void;
  /** Has those groups hand over. */
  work(now: Micros): void;
}

export function createRefusals(o: {
  readonly members: ReadonlyMap<string, Member>;
  readonly held: (group: string) => readonly Uint8Array[];
  readonly post: (event: EngineEvent) => void;
  readonly count: (name: string) => void;
  /** Lets another lead; the member takes its place again afterwards. */
  readonly handOver: (member: Member, now: Micros) => void;
}): Refusals {
  const told = new Map<string, string>();

  function act(group: string, refusal: string, now: Micros): void {
    const member = o.members.get(group);
    if (member === undefined || !isTakingPart(member.phase) || o.held(group).length > 0) return;
    const { binding, holdDown: before } = member.phase;
    const since = holdDown(before, binding.nic.link.name, refusal, now);
    member.phase = heldDown(member.phase, since);
    const fields = { group, reason: since.reason };
    o.post({ type: 'log', level: 'error', message: 'no address can be put in place: handing over', fields });
    o.count('leaderships_given_up');
    o.handOver(member, now);
  }

  return {
    tell: (group, refusal) => void told.set(group, refusal),
    work(now) {
      for (const [group, refusal] of told) act(group, refusal, now);
      told.clear();
    },
  };
}
