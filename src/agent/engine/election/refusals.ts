/** Acts on what the kernel refuses: see `hold-down.ts`. Told while addresses are worked on, and done after that. */
import { type Micros, never } from '../../../core/time.js';
import { none } from '../answering/contract.js';
import type { EngineEvent } from '../messages.js';
import type { ElectionEffect } from './effects.js';
import { holdDown } from './hold-down.js';
import type { Member } from './member.js';
import { heldDown, isTakingPart } from './phase.js';

export interface Refusals {
  /** The kernel refuses the group all its addresses. */
  tell(group: string, refusal: string): void;
  /** Has those groups hand over; their members take their places again afterwards. */
  work(now: Micros): readonly ElectionEffect[];
  deadline(): Micros;
}

export function createRefusals(o: {
  readonly members: ReadonlyMap<string, Member>;
  readonly held: (group: string) => readonly Uint8Array[];
  readonly post: (event: EngineEvent) => void;
  readonly count: (name: string) => void;
}): Refusals {
  const told = new Map<string, string>();

  function act(group: string, refusal: string, now: Micros): readonly ElectionEffect[] {
    const member = o.members.get(group);
    if (member === undefined || !isTakingPart(member.phase) || o.held(group).length > 0) return none;
    const { binding, holdDown: before } = member.phase;
    const since = holdDown(before, binding.nic.link.name, refusal, now);
    member.phase = heldDown(member.phase, since);
    const fields = { group, reason: since.reason };
    o.post({ type: 'log', level: 'error', message: 'no address can be put in place: handing over', fields });
    o.count('leaderships_given_up');
    return [{ type: 'release', member, next: member.config, immediate: false }];
  }

  return {
    tell: (group, refusal) => void told.set(group, refusal),
    work(now) {
      if (told.size === 0) return none;
      const effects = [...told].flatMap(([group, refusal]) => act(group, refusal, now));
      told.clear();
      return effects;
    },
    deadline: () => (told.size > 0 ? 0 : never),
  };
}
