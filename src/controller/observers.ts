/** Those who look on beside the reconcilers: they hear of each change after the world has it, and decide nothing. */

import type { Changes, World } from './cache/world.js';
import { bgpPeers } from './objects/resources.js';
import type { Observer } from './web/observer.js';

/** The same changes, told to those who look on, too. */
export function observed(changes: Changes, observers: ReadonlySet<Observer>, world: () => World): Changes {
  const tell = (how: (observer: Observer) => void) => {
    for (const observer of observers) how(observer);
  };
  const peerPrefix = `${bgpPeers.plural}/`;
  return {
    ...changes,
    vipGroup: (name, object, previous) => {
      changes.vipGroup(name, object, previous);
      tell((observer) => observer.group(object, previous));
    },
    eip: (name, what) => {
      changes.eip(name, what);
      tell((observer) => observer.other());
    },
    node: (name) => {
      changes.node(name);
      tell((observer) => observer.other());
    },
    bgpObject: (key, what) => {
      changes.bgpObject(key, what);
      if (!key.startsWith(peerPrefix)) return;
      const name = key.slice(peerPrefix.length);
      tell((observer) => observer.peer(name, world().bgpPeer(name)));
    },
  };
}
