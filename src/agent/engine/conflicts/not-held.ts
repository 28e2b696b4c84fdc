/** What a leader says of addresses that it does not take. */
import { type Member, text } from '../election/member.js';
import type { NotHeld } from '../messages.js';

/** Enters it in the member's report. @returns whether it says something else than before */
export function withhold(
  member: Member,
  addresses: readonly {
    readonly address: Uint8Array;
    readonly own: boolean;
    readonly by: string;
    readonly neverHeld: boolean;
  }[],
): boolean {
  const withheld = addresses.map(
    ({ address, own, by, neverHeld }): NotHeld => ({
      address: text(address),
      reason: own ? 'AddressOfNode' : 'AnsweredElsewhere',
      message: by,
      ...(neverHeld && !own ? { neverHeld } : {}),
    }),
  );
  const same =
    withheld.length === member.withheld.length &&
    withheld.every(({ address, reason, message, neverHeld }, at) => {
      const before = member.withheld[at]!;
      return (
        before.address === address &&
        before.reason === reason &&
        before.message === message &&
        before.neverHeld === neverHeld
      );
    });
  if (same) return false;
  member.withheld = withheld;
  return true;
}
