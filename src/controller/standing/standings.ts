/** How each group stands now, and the moments at which that changes without anybody having written anything. */
import type { VipGroup } from '../../api/vip-group.js';
import type { IpAddress } from '../../core/ip/address.js';
import type { Clock } from '../../platform/kubernetes/clock.js';
import type { World } from '../cache/world.js';
import type { Agents } from '../liveness/agents.js';
import type { Judgement, Standing } from './contract.js';
import { electionMs, standingOf, standingOfAddress, withoutMembers } from './standing.js';

export interface Standings {
  /** @param ready the nodes with a ready endpoint, where a Service's externalTrafficPolicy is Local */
  of(group: VipGroup, ready?: readonly string[]): Standing;
  /** Of an address that a Service has from a pool; undefined: nothing is to be said of it. */
  ofAddress(address: string, pool: string, ready?: readonly string[]): Standing | undefined;
  /** A group has changed, or what is known of its agents. */
  seen(group: string): void;
  stop(): void;
}

/** How long an address may be in no group before that is called a fault, in milliseconds. */
const groupingMs = 3_000;

/** Since when something is missing, and what wakes whoever waits for it. */
interface Wait {
  readonly since: number;
  readonly cancel: () => void;
}

export function createStandings(o: {
  readonly world: Pick<World, 'vipGroups' | 'groupWith' | 'eips' | 'nodes' | 'pools' | 'routing'>;
  readonly agents: Pick<Agents, 'silence'>;
  /** The addresses of an Eip that no group has, for want of virtual router IDs. */
  readonly unplaced: (eip: string) => readonly IpAddress[];
  /** What an address is that must not be announced, as in `an address of node n1`; undefined for any other. */
  readonly barred: (address: string) => string | undefined;
  readonly clock: Clock;
  /** A group has had no holder for longer than an election takes. */
  readonly onUnled: (group: VipGroup) => void;
  /** An address has been in no group for longer than making one takes. */
  readonly onUngrouped: (address: string) => void;
}): Standings {
  const unled = new Map<string, Wait>();
  const ungrouped = new Map<string, Wait>();

  const waitFor = (waits: Map<string, Wait>, key: string, ms: number, then: () => void) => {
    if (!waits.has(key)) waits.set(key, { since: o.clock.now(), cancel: o.clock.after(ms, then) });
  };
  const endWait = (waits: Map<string, Wait>, key: string) => {
    waits.get(key)?.cancel();
    waits.delete(key);
  };
  const lasts = (wait: Wait | undefined, ms: number) => wait !== undefined && o.clock.now() - wait.since >= ms;

  const judgementOf = (group: VipGroup, ready: readonly string[] | undefined): Judgement => {
    const settled = lasts(unled.get(group.metadata.name), electionMs(group));
    const rules = () => {
      const name = group.spec.eip ?? '';
      const eip = o.world.eips.get(name) ?? { metadata: { name }, spec: { address: '' } };
      return { eip, nodes: [...o.world.nodes()], ...(ready === undefined ? {} : { ready }) };
    };
    return { silence: o.agents.silence, settled, rules, routing: o.world.routing };
  };

  const of: Standings['of'] = (group, ready) => standingOf(group, judgementOf(group, ready));

  const withoutGroup = (address: string, name: string, ready: readonly string[] | undefined): Standing | undefined => {
    const pool = o.world.pools().find((each) => each.name === name);
    if (pool === undefined) return undefined;
    // While nobody may announce it, a group is not what it lacks.
    const nobody = ready && withoutMembers({ eip: pool.eip, nodes: [...o.world.nodes()], ready });
    if (nobody?.by === 'nobody') return nobody;
    waitFor(ungrouped, address, groupingMs, () => o.onUngrouped(address));
    if (!lasts(ungrouped.get(address), groupingMs)) return { by: 'candidates', nodes: [] };
    const why =
      pool.fault !== undefined
        ? `Eip ${name} is not in order: ${pool.fault}`
        : o.unplaced(name).length > 0
          ? `Eip ${name} gets no virtual router ID for it: widen --vrid-range, shorten --reserved-vrids, or lower spec.vrrp.groups of the Eips`
          : `no VipGroup of Eip ${name} has it yet`;
    return { by: 'nobody', reason: 'NoGroup', message: why };
  };

  return {
    of,
    ofAddress: (address, pool, ready) => {
      const barred = o.barred(address);
      if (barred !== undefined) {
        const message = `it is ${barred}: have the Service ask for another address, and keep nodes' addresses out of the Eip`;
        return { by: 'nobody', reason: 'AddressOfNode', message };
      }
      const group = o.world.groupWith(address);
      if (group === undefined) return withoutGroup(address, pool, ready);
      endWait(ungrouped, address);
      if (o.world.eips.get(pool) === undefined) return undefined;
      const judgement = judgementOf(group, ready);
      return standingOfAddress(address, group, standingOf(group, judgement), judgement);
    },
    seen: (name) => {
      const group = o.world.vipGroups.get(name);
      if (group === undefined || isLed(group)) return endWait(unled, name);
      waitFor(unled, name, electionMs(group), () => {
        const present = o.world.vipGroups.get(name);
        if (present !== undefined) o.onUnled(present);
      });
    },
    stop: () => {
      for (const waits of [unled, ungrouped]) for (const key of [...waits.keys()]) endWait(waits, key);
    },
  };
}

/** Whether a node says that it leads it, or, with protocol bgp, that it has told a router. */
function isLed({ status }: VipGroup): boolean {
  return status?.holder !== undefined || status?.members?.some(({ state }) => state === 'Announcing') === true;
}
