/** What controllers that led before gave to Services a moment ago, by the notes on these, and by those on Eips of what other hosts have. */
import { newAddressesAnnotation } from '../../api/annotations.js';
import { formatIp } from '../../core/ip/address.js';
import type { Context } from '../context/context.js';
import { addressesOfOthers } from '../notes/addresses-of-others.js';
import { serviceKey } from '../objects/builtin-objects.js';
import { addressesOf } from './decide.js';
import { type Gifts, regained } from './exchange.js';
import { notedGift } from './gift-note.js';
import { idOf } from './identity.js';

/** To be called once what the Services have is in the ledger. */
export function regainGifts(c: Pick<Context, 'world' | 'assignments' | 'clock'>, gifts: Gifts): void {
  const at = { now: c.clock.now(), wall: c.clock.wall() };
  const found = new Map<string, number>();
  for (const eip of c.world.eips.list()) {
    for (const { address, since } of addressesOfOthers(eip, at.wall)) {
      found.set(formatIp(address), at.now - (at.wall - since));
    }
  }
  const noted = [...c.world.services.list()].flatMap((service) => {
    const text = service.metadata.annotations?.[newAddressesAnnotation];
    const granted = text === undefined ? [] : addressesOf(c.assignments.grants(serviceKey(service)));
    const gift = notedGift(text, granted, at);
    return gift === undefined ? [] : [{ uid: idOf(service), gift }];
  });
  noted.sort((a, b) => a.gift.at - b.gift.at);
  for (const { uid, gift } of noted) regained(gifts, uid, gift, (address) => found.get(formatIp(address)), at.now);
}
