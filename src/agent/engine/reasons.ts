/** Why a node takes no part in a group, or only in part. All that hold are shown, in one order. */

/**
 * Each with a row in docs/troubleshooting.md that says what to do. In the order in which they are shown: what is wrong with the node, then
 * with its NIC, then with the group there, then what restricts a member that takes part.
 */
export const reasonTypes = [
  /** A check without a weight fails, or has not run yet. */
  'CheckFailed',
  /** The kernel refused every address of the group: it is tried again. */
  'AddressesRefused',
  'NoInterface',
  /** There is no route to the address that decides the interface. */
  'NoRoute',
  /** No interface is in the subnet of the address that decides it. */
  'NoSubnet',
  'InterfaceDown',
  'NotEthernet',
  /** The NIC has no address that adverts could come from. */
  'NoSourceAddress',
  /** Another group of this node has its virtual router ID there. */
  'VirtualRouterIdInUse',
  /** The kernel refuses a packet socket or a multicast group. */
  'SocketRefused',
  'VirtualMacRefused',
  /** The others do not know yet where this node's adverts come from. */
  'AddressPending',
  /** They expect them from somewhere else. */
  'AddressMismatch',
  /** Another host has an address of the group. */
  'AnsweredElsewhere',
  /** An address of the group is a node's own. */
  'AddressOfNode',
  /** Checks took something off the priority, or added to it. */
  'PriorityWeighed',
  'NoKeysDirectory',
  'KeyMissing',
  'KeyRefused',
  /** The member is of last resort. */
  'LastResort',
] as const;

export type ReasonType = (typeof reasonTypes)[number];

export interface Reason {
  readonly type: ReasonType;
  /** A sentence for a person, with the remedy where there is one. */
  readonly message: string;
}

/** Each once, in the order of `reasonTypes`; those of one type as they were given. */
export function inOrder(reasons: readonly Reason[]): readonly Reason[] {
  const distinct = reasons.filter(({ message }, at) => at === reasons.findIndex((each) => each.message === message));
  return distinct.toSorted((a, b) => reasonTypes.indexOf(a.type) - reasonTypes.indexOf(b.type));
}

/** All of them as one text; undefined without any. */
export function reasonsText(reasons: readonly Reason[]): string | undefined {
  return reasons.length === 0 ? undefined : reasons.map(({ message }) => message).join('; ');
}

export function sameReasons(a: readonly Reason[] = [], b: readonly Reason[] = []): boolean {
  return (
    a.length === b.length && a.every(({ type, message }, at) => type === b[at]!.type && message === b[at]!.message)
  );
}
