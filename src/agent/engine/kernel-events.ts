/** What rtnetlink says about links, addresses and routes, and what follows from it for groups. */
import { type Micros, never } from '../../core/time.js';
import { addressKey } from './address-key.js';
import { addressIndex } from './election/member.js';
import { perform } from './perform.js';
import { count, type EngineState } from './state.js';

/** How often groups that have no place look for one, beyond what rtnetlink tells. */
const placeRetryInterval: Micros = 2_000_000;

/** How soon everything is read again after a list that others changed while it was read. */
const readAgainAfter: Micros = 250_000;

export function hearKernel(e: EngineState, now: Micros): void {
  const { bindings, conflicts, nodeAddresses } = e.parts;
  if (e.kernelSpoke) readEvents(e, now);
  if (now >= e.readAllAt && !e.kernelSpoke) readAll(e, now);
  if (!e.networkChanged && now < e.placeRetryAt) return;
  e.networkChanged = false;
  perform(e, bindings.lost(), now);
  perform(e, bindings.place(now), now);
  const { effects, again } = bindings.settle(now);
  perform(e, effects, now);
  e.placeRetryAt = again ? now + placeRetryInterval : never;
  nodeAddresses.changed();
  e.parts.bfd.networkChanged();
  e.parts.liveness.rebound(now);
  perform(e, conflicts.review(now), now);
}

function readEvents(e: EngineState, now: Micros): void {
  const { bindings, inventory, onNic } = e.parts;
  const { events, routes, overrun, more } = e.kernel.events.read();
  e.kernelSpoke = more;
  e.networkChanged ||= routes;
  for (const event of events) {
    if (event.type === 'address' && event.removed && event.address.ours) {
      perform(e, onNic.lost(event.address.interfaceIndex, event.address.address, now), now);
    } else if (inventory.apply(event)) e.networkChanged = true;
    if (event.type === 'address' && !event.removed) onNic.appeared(event.address.interfaceIndex, event.address.address);
    if (event.type === 'link' && event.removed) perform(e, bindings.linkGone(event.link.index), now);
  }
  if (!overrun) return;
  count(e.counts, 'rtnetlink_overruns');
  e.readAllAt = now; // not before what waits was read: it is older than what a list says
}

/** Reads everything, at the start and after events were lost; and puts addresses of ours back that are gone. */
export function readAll(e: EngineState, now: Micros): void {
  const { inventory, onNic } = e.parts;
  e.networkChanged = true;
  const whole = inventory.refresh();
  e.readAllAt = whole ? never : now + readAgainAfter;
  if (!whole) {
    count(e.counts, 'rtnetlink_interruptions');
    return; // what is missing may have been left out
  }
  for (const { phase, config } of e.members.values()) {
    const { binding } = phase;
    if (binding === undefined) continue;
    const index = addressIndex(binding);
    const present = new Set(inventory.addresses(index).map(({ address }) => addressKey(address)));
    for (const address of onNic.held(config.name)) {
      if (!present.has(addressKey(address))) perform(e, onNic.lost(index, address, now), now);
    }
  }
}
