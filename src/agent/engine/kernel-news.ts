/** What rtnetlink says about links, addresses and routes, and what follows from it for groups. */
import { type Micros, never } from '../../core/time.js';
import { addressKey } from './address-key.js';
import { addressIndex } from './election/member.js';
import { count, type EngineState } from './state.js';

/** How often groups that have no place look for one, beyond what rtnetlink tells. */
const placeRetryInterval: Micros = 2_000_000;

export function hearKernel(e: EngineState, now: Micros): void {
  const { bindings, conflicts, nodeAddresses } = e.parts;
  if (e.kernelSpoke) readEvents(e, now);
  if (!e.networkChanged && now < e.placeRetryAt) return;
  e.networkChanged = false;
  e.placeRetryAt = bindings.place(now) ? now + placeRetryInterval : never;
  nodeAddresses.changed();
  conflicts.review(now);
  for (const group of bindings.changed()) e.reported.add(group);
}

function readEvents(e: EngineState, now: Micros): void {
  const { bindings, inventory, onNic } = e.parts;
  e.kernelSpoke = false;
  const { events, routes, overrun } = e.kernel.events.read();
  e.networkChanged ||= routes;
  for (const event of events) {
    if (event.type === 'address' && event.removed && event.address.ours) {
      onNic.lost(event.address.interfaceIndex, event.address.address, now);
    } else if (inventory.apply(event)) e.networkChanged = true;
    if (event.type === 'address' && !event.removed) onNic.appeared(event.address.interfaceIndex, event.address.address);
    if (event.type === 'link' && event.removed) bindings.linkGone(event.link.index, now);
  }
  if (overrun) resynchronise(e, now);
}

/** Events were lost: everything is read again, and addresses of ours that are gone are put back. */
function resynchronise(e: EngineState, now: Micros): void {
  const { inventory, onNic } = e.parts;
  count(e.counts, 'rtnetlink_overruns');
  inventory.refresh();
  e.networkChanged = true;
  for (const { binding, config } of e.members.values()) {
    if (binding === undefined) continue;
    const index = addressIndex(binding);
    const present = new Set(inventory.addresses(index).map(({ address }) => addressKey(address)));
    for (const address of onNic.held(config.name)) {
      if (!present.has(addressKey(address))) onNic.lost(index, address, now);
    }
  }
}
