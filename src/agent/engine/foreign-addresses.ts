/**
 * Addresses of a group that another program left on the NIC: keepalived or kube-vip, when it was killed. The kernel of this node answers for
 * them whoever leads, so hosts hear two MACs. Where a group says so they are removed.
 *
 * Only those that are all of their subnet, as load balancers put them there: any other may be the node's own. Not while this node leads and
 * answers on the NIC itself: then the address is taken over in place.
 */
import { type Micros, never } from '../../core/time.js';
import type { Rtnetlink } from '../../platform/linux/rtnetlink.js';
import { addressKey } from './address-key.js';
import { type Member, text } from './election/member.js';
import type { Inventory } from './inventory.js';
import type { EngineEvent } from './messages.js';

/** How often is looked: a program that puts them back each time is not fought with. */
const lookEvery: Micros = 1_000_000;

export interface ForeignAddresses {
  /** Looks, and removes; wants nothing of other parts. */
  work(now: Micros): readonly never[];
  deadline(): Micros;
}

export function createForeignAddresses(o: {
  readonly rtnetlink: Pick<Rtnetlink, 'removeAddresses'>;
  readonly inventory: Pick<Inventory, 'addresses'>;
  readonly members: ReadonlyMap<string, Member>;
  readonly post: (event: EngineEvent) => void;
  readonly count: (name: string, by: number) => void;
}): ForeignAddresses {
  let lookedAt: Micros = -lookEvery;

  function remove(member: Member): void {
    const { name } = member.config;
    const { nic } = member.phase.binding!;
    const wanted = new Set(member.config.addresses.map(addressKey));
    const foreign = o.inventory
      .addresses(nic.index)
      .filter((each) => !each.ours && isVirtual(each) && wanted.has(addressKey(each.address)));
    if (foreign.length === 0) return;
    const failures = o.rtnetlink.removeAddresses(foreign).filter((failure) => failure !== undefined);
    o.count('foreign_addresses_removed', foreign.length - failures.length);
    const addresses = foreign.map(({ address }) => text(address));
    const message = 'removed addresses that another program left on the interface';
    const fields = { group: name, interface: nic.link.name, addresses };
    o.post(
      failures.length === 0
        ? { type: 'log', level: 'warn', message, fields }
        : {
            type: 'log',
            level: 'error',
            message: 'addresses of another program are not removed',
            fields: { ...fields, reason: failures[0]!.message },
          },
    );
  }

  return {
    work(now) {
      if (now < lookedAt + lookEvery) return [];
      lookedAt = now;
      for (const member of o.members.values()) if (isInTheWay(member)) remove(member);
      return [];
    },
    deadline() {
      for (const { config } of o.members.values()) if (config.removesForeign === true) return lookedAt + lookEvery;
      return never;
    },
  };
}

/** Whether what others put on the NIC keeps this group from having one who answers. */
function isInTheWay({ config, phase: { binding } }: Member): boolean {
  if (config.removesForeign !== true || binding === undefined) return false;
  return config.answer === 'responder' || binding.router.state === 'Backup';
}

function isVirtual({
  address,
  prefixLength,
}: {
  readonly address: Uint8Array;
  readonly prefixLength: number;
}): boolean {
  return prefixLength === address.length * 8;
}
