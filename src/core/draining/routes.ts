/** To whom a node hands segments of connections to an address that it does not know. */
import { type Micros, never } from '../time.js';
import { type History, self } from './history.js';

/** Somebody who has led the address, and until when segments are handed to it. */
export interface Route {
  readonly to: string;
  /** `never`: it leads still. */
  readonly until: Micros;
}

export interface Routes {
  /**
   * For segments that hosts send here. A Backup has it ready, since segments are there as soon as it leads; until then it corrects hosts
   * that have not heard of a change.
   */
  readonly direct?: Route;
  /** For segments that a member has handed here. */
  readonly passed?: Route;
  /** Until when their connections, as far as they go nowhere else, are known to be at an end: whoever could know them is dead, or was asked before. */
  readonly ended?: Micros;
}

/**
 * @param history of the address
 * @param window for how long after its reign somebody is handed segments; 0: never
 * @param isStation whether the Ethernet address of a leader is known: by it one sees that a segment comes from a member. Who does not know
 *   those of all others sends nothing to who leads: others may remember that this node led where it does not, and the segment would circle
 */
export function routesOf(
  history: History,
  window: Micros,
  isStation: (leader: string) => boolean,
  now: Micros,
): Routes {
  if (window <= 0) return {};
  const all = history.filter(({ until }) => until + window > now);
  const list = all.filter(({ dead }) => dead === undefined);
  const own = list.findIndex(({ leader }) => leader === self);
  const after = own < 0 ? undefined : routeTo(list[own + 1], window);
  if (own === 0) {
    if (after !== undefined) return { direct: after, passed: after };
    const lost = all.find(({ dead }) => dead !== undefined);
    return lost === undefined ? {} : { ended: lost.until + window };
  }
  const first = routeTo(list[0], window);
  const marked = list.every(({ leader }) => leader === self || isStation(leader));
  const reign = list[own];
  return {
    ...(first !== undefined && marked && { direct: first }),
    ...(after !== undefined && { passed: after }),
    ...(after === undefined && reign !== undefined && { ended: reign.until + window }), // nobody stands behind this node
  };
}

function routeTo(reign: History[number] | undefined, window: Micros): Route | undefined {
  if (reign === undefined) return undefined;
  return { to: reign.leader, until: reign.until === never ? never : reign.until + window };
}
