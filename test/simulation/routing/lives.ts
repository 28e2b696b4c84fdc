import { type Checkpoint, checkpointOf, restartTiming, resumeSession } from '../../../src/core/bfd/restart.js';
import { createSession as createBfdSession } from '../../../src/core/bfd/session.js';
import { neighborPatience } from '../../../src/core/bfd/timers.js';
import { createSession, emptyTable, type GracefulRestart } from '../../../src/core/bgp/session.js';
import { type Micros, never } from '../../../src/core/time.js';
import { give, giveBfd, vanish, wake } from './ends.js';
import { ipv6Of, judgeForgotten, judgeSoon, nodesAs } from './judgement.js';
import {
  count,
  disturb,
  type End,
  isQuiet,
  type Link,
  linksOf,
  type Node,
  note,
  type RoutingWorld,
  type Side,
} from './model.js';
import { emptyRib } from './rib.js';

const second: Micros = 1_000_000;
const routersAs = 65_000;
/** Whoever was away is let in again after the longest pause of either side. */
const comingBack: Micros = 80 * second;

/** A node's process starts; its sources of routes are heard one after the other. */
export function join(
  world: RoutingWorld,
  node: Node,
  restart: Omit<GracefulRestart, 'restartTime'>,
  checkpoints: ReadonlyMap<Link, Checkpoint> = new Map(),
): void {
  const { random, options, scheduler } = world;
  const { holdTime, gatherFor, restartTime } = options;
  node.life = 'up';
  const ends = linksOf(world, node.index).map((link) => {
    const session = createSession({
      localAs: nodesAs,
      identifier: 0x0a00_0100 + node.index,
      peerAs: random.pick([routersAs, 'external'] as const),
      passive: false,
      holdTime,
      longestBackOff: 30 * second,
      families: [4, 6],
      extendedNextHop: false,
      nextHops: { 6: ipv6Of(node.index) },
      gracefulRestart: { restartTime, ...restart },
      endOfRibWithin: (restartTime / 2) * second,
      gatherFor,
    });
    const end = begin(world, link, 0, session, checkpoints.get(link));
    give(world, link, 0, { type: 'start' });
    return { link, end };
  });
  // What was heard so far is told at once, and the End-of-RIB only when all is.
  const tell = (complete: boolean) => {
    if (ends.some(({ link, end }) => link.ends[0] !== end)) return; // it is gone by now
    node.told = complete;
    const routes = complete ? node.wanted : emptyTable;
    for (const { link, end } of ends)
      if (link.ends[0] === end) give(world, link, 0, { type: 'routes', routes, complete });
  };
  tell(false);
  scheduler.plan(scheduler.now + random.between(0, 3 * second), () => tell(true), undefined);
}

/** A router's process starts, and knows nothing. */
export function startRouter(world: RoutingWorld, link: Link): void {
  const { options, random } = world;
  const session = createSession({
    localAs: routersAs,
    identifier: 0x0a00_0001 + link.router + (random.chance(0.5) ? 0x0100_0000 : 0),
    peerAs: nodesAs,
    passive: options.passiveRouters,
    holdTime: 90,
    longestBackOff: 30 * second,
    families: [4, 6],
    extendedNextHop: false,
    gracefulRestart: { restartTime: 120, restarted: false, forwarding: false },
    endOfRibWithin: second,
    gatherFor: 0,
  });
  begin(world, link, 1, session);
  give(world, link, 1, { type: 'start' });
  give(world, link, 1, { type: 'routes', routes: emptyTable, complete: true });
}

function begin(world: RoutingWorld, link: Link, side: Side, session: End['session'], checkpoint?: Checkpoint): End {
  const { bfd: config } = world.options;
  const { random, scheduler } = world;
  const common = { now: scheduler.now, random: random.fraction() };
  const identity = { localDiscriminator: random.whole(1, 0xffff_ffff), sourcePort: random.whole(49152, 65535) };
  const fresh = config && createBfdSession({ ...identity, config, ...common });
  const bfd = config && checkpoint ? resumeSession({ checkpoint, config, ...common }) : fresh;
  const end: End = { session, bfd, pipes: new Map(), wakeAt: never };
  link.ends[side] = end;
  wake(world, link, side);
  return end;
}

/** Other routes are wanted: told within what gathering and the way take. */
export function change(world: RoutingWorld, node: Node, wanted: Node['wanted']): void {
  const links = linksOf(world, node.index);
  node.wanted = wanted;
  node.changedAt = world.scheduler.now;
  count(world, 'changed');
  if (node.life !== 'up' || !node.told || !node.inService) return;
  judgeSoon(world, node, links, world.options.gatherFor + 24 * world.options.latency + 200_000);
  for (const link of links) give(world, link, 0, { type: 'routes', routes: wanted, complete: true });
}

/** Taken out of service: marks its routes, waits, withdraws, and says why it goes. Comes back after `absence`. */
export function drain(world: RoutingWorld, node: Node, wait: Micros, absence: Micros): void {
  const { scheduler } = world;
  const links = linksOf(world, node.index);
  node.busy = true;
  node.inService = false;
  node.changedAt = scheduler.now;
  node.lifeAt = scheduler.now;
  node.draining = { at: scheduler.now, wait };
  count(world, 'drained');
  for (const link of links) note(world, link, 0, 'drains');
  judgeSoon(world, node, links, wait + 2 * second);
  for (const link of links) give(world, link, 0, { type: 'drain', text: 'node drain', wait });
  scheduler.plan(
    scheduler.now + wait + 3 * second,
    () => {
      node.draining = undefined;
      for (const link of links) {
        forgetBfd(world, link);
      }
      node.busy = false;
    },
    undefined,
  );
  scheduler.plan(
    scheduler.now + wait + absence,
    () => {
      // A process that crashed meanwhile came back without being asked to, and was told nothing.
      node.inService = true;
      node.lifeAt = scheduler.now;
      for (const link of links) {
        disturb(world, link, comingBack);
        vanish(world, link, 0, false);
      }
      join(world, node, { restarted: false, forwarding: false });
    },
    undefined,
  );
}

/** The operator's way to end BFD: the neighbour is told first (RFC 5880 6.8.16). */
function forgetBfd(world: RoutingWorld, link: Link): void {
  const end = link.ends[0];
  if (end?.bfd === undefined) return;
  giveBfd(world, link, 0, { type: 'admin-down' });
  const forget = () => {
    end.bfd = undefined;
  };
  world.scheduler.plan(world.scheduler.now + neighborPatience(end.bfd), forget, undefined);
}

/** A planned restart: BFD is asked to wait, the sessions are closed silently, and a successor takes them up. */
export function restart(world: RoutingWorld, node: Node, absence: Micros): void {
  const { scheduler, options } = world;
  const links = linksOf(world, node.index);
  const silence = absence + 5 * second;
  node.busy = true;
  node.restarting = true;
  count(world, 'restarted');
  for (const link of links) {
    note(world, link, 0, 'restarts');
    // Whoever has no session that lasts has nothing to keep over a restart.
    if (!isQuiet(world, link)) disturb(world, link);
    if (options.bfd === undefined) continue;
    giveBfd(world, link, 0, { type: 'configure', config: restartTiming(options.bfd, silence)! });
  }
  scheduler.plan(scheduler.now + 3 * second, () => leave(world, node, links, absence), undefined);
}

function leave(world: RoutingWorld, node: Node, links: readonly Link[], absence: Micros): void {
  const { scheduler, random } = world;
  const checkpoints = new Map<Link, Checkpoint>();
  for (const link of links) {
    const bfd = link.ends[0]?.bfd;
    const checkpoint = bfd && checkpointOf(bfd);
    if (checkpoint) checkpoints.set(link, checkpoint);
    else if (bfd !== undefined) disturb(world, link);
    give(world, link, 0, { type: 'stop', how: 'restart' });
    vanish(world, link, 0, false);
  }
  node.life = 'away';
  scheduler.plan(
    scheduler.now + absence,
    () => join(world, node, { restarted: true, forwarding: true }, checkpoints),
    undefined,
  );
  // Sessions are back, and all is told, before anybody gives up waiting.
  scheduler.plan(
    scheduler.now + absence + random.between(20, 25) * second,
    () => {
      node.restarting = false;
      node.busy = false;
      node.lifeAt = scheduler.now;
    },
    undefined,
  );
}

/** The process dies, or the whole machine; it is there again after `absence`. */
export function die(world: RoutingWorld, node: Node, withMachine: boolean, absence: Micros): void {
  const { scheduler, options } = world;
  const links = linksOf(world, node.index);
  node.busy = true;
  count(world, withMachine ? 'power-lost' : 'killed');
  for (const link of links) {
    note(world, link, 0, withMachine ? 'loses power' : 'is killed');
    const quiet = isQuiet(world, link);
    const watched = link.ends[1]?.bfd?.state === 'Up';
    disturb(world, link);
    vanish(world, link, 0, withMachine);
    const detection =
      watched && options.bfd ? 3 * Math.max(options.bfd.desiredMinTx, options.bfd.requiredMinRx) : never;
    const hold = options.holdTime * second;
    const kept = options.restartTime * second;
    const bound = withMachine ? Math.min(detection, hold) : options.bfdEndsStale ? Math.min(detection, kept) : kept;
    node.life = withMachine ? 'off' : 'away';
    if (quiet) judgeForgotten(world, link, bound + 2 * options.latency);
  }
  scheduler.plan(
    scheduler.now + absence,
    () => {
      for (const link of links) disturb(world, link);
      node.busy = false;
      node.lifeAt = scheduler.now;
      join(world, node, { restarted: true, forwarding: !withMachine });
    },
    undefined,
  );
}

/** A router's process ends and comes back, knowing nothing. */
export function restartRouter(world: RoutingWorld, router: number, absence: Micros): void {
  const { scheduler } = world;
  const links = world.links.filter((link) => link.router === router);
  if (links.some((link) => link.ends[1] === undefined)) return;
  count(world, 'router-restarted');
  for (const link of links) {
    note(world, link, 1, 'is started again');
    disturb(world, link);
    vanish(world, link, 1, false);
    emptyRib(link);
    link.disturbed = true;
  }
  scheduler.plan(
    scheduler.now + absence,
    () => {
      for (const link of links) {
        link.disturbed = false;
        disturb(world, link);
        startRouter(world, link);
      }
    },
    undefined,
  );
}
