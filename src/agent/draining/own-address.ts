/** On which NIC this node shares addresses with others: on that of its own address as a member. No election tells. */
import { equalOctets } from '../../core/wire/octets.js';
import { octetsOf } from './contents.js';
import type { DrainingKernel } from './contract.js';
import type { Binding, Draining } from './state.js';

export type Located = Pick<Binding, 'nic' | 'mac' | 'source'>;

/** What of the turns concerns it. */
export interface Locating {
  readonly kernel: Pick<DrainingKernel, 'rtnetlink' | 'macOf'>;
  readonly draining: Draining;
  readonly located: Map<string, Located | undefined>;
}

/** Binds groups that several announce to where this node is reached; whether any is somewhere else than before. */
export function locate(l: Locating): boolean {
  const { groups, bindings } = l.draining;
  let changed = false;
  for (const [name, { shared, window }] of groups) {
    if (shared === undefined || window <= 0) continue;
    if (!l.located.has(shared.own)) l.located.set(shared.own, find(l, shared.own));
    const at = l.located.get(shared.own);
    const before = bindings.get(name);
    if (at === undefined) changed = bindings.delete(name) || changed;
    else if (before?.nic !== at.nic || !equalOctets(before.mac, at.mac) || !equalOctets(before.source, at.source)) {
      bindings.set(name, { ...at, answersOn: at.nic, leader: undefined, proven: true, silenced: false });
      changed = true;
    }
  }
  return changed;
}

function find({ kernel }: Locating, own: string): Located | undefined {
  const source = octetsOf(own);
  const route = kernel.rtnetlink.routeTo(source);
  // The way to an address of another node would have another source.
  if (route?.source === undefined || !equalOctets(route.source, source)) return undefined;
  const mac = kernel.macOf(route.interfaceIndex);
  return mac?.length === 6 ? { nic: route.interfaceIndex, mac, source } : undefined;
}
