/**
 * The address of the other family that a node is reached at by the same NIC: where packets go that are routed over a session of one family
 * to addresses of the other. Pure.
 */
import { equalOctets as same } from '../../../../core/wire/octets.js';
import { addressFlag, type InterfaceAddress } from '../../../../platform/linux/rtnetlink.js';

/** What has to be known of an address. */
export type NicAddress = Pick<
  InterfaceAddress,
  'interfaceIndex' | 'address' | 'prefixLength' | 'scope' | 'flags' | 'ours'
>;

/** IFA_F_TEMPORARY (RFC 8981) of IPv6, which is IFA_F_SECONDARY of IPv4. */
const { secondary: temporary, tentative, dadFailed, deprecated } = addressFlag;
const globalScope = 0;

/**
 * Of the addresses on the NIC that has `local`, one of the other family that lasts: no virtual one, none that is about to go. Undefined when
 * there is none.
 *
 * @param local our end of a session, 4 or 16 bytes
 * @param scope the NIC's index, where `local` is link-local; else 0
 * @param current what was found before, which is kept as long as it is as good as any
 */
export function addressBeside(
  all: readonly NicAddress[],
  local: Uint8Array,
  scope: number,
  current: Uint8Array | undefined,
): Uint8Array | undefined {
  const holder = all.find((each) => same(each.address, local) && (scope === 0 || each.interfaceIndex === scope));
  if (!holder) return undefined;
  const able = all.filter(
    (each) =>
      each.interfaceIndex === holder.interfaceIndex &&
      each.address.length !== local.length &&
      each.scope === globalScope &&
      !each.ours &&
      (each.flags & (tentative | dadFailed | deprecated)) === 0,
  );
  const [best] = able.toSorted((a, b) => rank(a) - rank(b));
  const kept = able.find(({ address }) => current !== undefined && same(address, current));
  return kept && rank(kept) === rank(best!) ? kept.address : best?.address;
}

/** Of a subnet before those that stand alone, as virtual addresses of others do; lasting before temporary ones. */
function rank({ address, prefixLength, flags }: NicAddress): number {
  const alone = prefixLength === address.length * 8;
  return (alone ? 2 : 0) + ((flags & temporary) === 0 ? 0 : 1);
}
