import { type Routes, tableOf } from '../../../src/core/bgp/session.js';
import { establishedOf } from '../../../src/core/bgp/steps.js';
import { type Micros, never } from '../../../src/core/time.js';
import { unicast } from '../../../src/core/wire/bgp/families.js';
import { prefixOf } from '../../../src/core/wire/bgp/prefix.js';
import { encodeRouteRefresh, refreshSubtype } from '../../../src/core/wire/bgp/route-refresh.js';
import { give, resetAll } from './ends.js';
import { judgeAll } from './judgement.js';
import { change, die, drain, join, restart, restartRouter, startRouter } from './lives.js';
import { count, disturb, healingTime, type Link, type Node, note, type RoutingWorld } from './model.js';
import { send } from './tcp.js';

const second: Micros = 1_000_000;

/** Plans all that happens in a world: storms, and between them times in which nothing goes wrong by itself. */
export function plague(world: RoutingWorld, end: Micros): void {
  const { scheduler, random } = world;
  for (const node of world.nodes) node.wanted = someRoutes(world);
  for (const link of world.links) startRouter(world, link);
  for (const node of world.nodes)
    scheduler.plan(
      random.between(0, 5 * second),
      () => join(world, node, { restarted: false, forwarding: false }),
      undefined,
    );
  for (let at = 5 * second; at < end; at += 5 * second) scheduler.plan(at, () => judgeAll(world), undefined);
  let at = random.between(0, 1) * healingTime(world);
  while (at < end) {
    const stormEnd = at + random.between(5, 60) * second;
    for (const link of world.links) storm(world, link, at, stormEnd);
    at = stormEnd + healingTime(world) + random.between(120, 400) * second;
  }
  for (let when = second; when < end; when += random.magnitude(0.2, 20) * second)
    scheduler.plan(when, () => act(world), undefined);
}

/** One thing that people or machines do, at any time. */
function act(world: RoutingWorld): void {
  const { random } = world;
  const node = random.pick(world.nodes);
  const link = random.pick(world.links);
  if (random.chance(0.8)) change(world, node, someRoutes(world));
  else if (random.chance(0.3)) askAgain(world, link);
  else if (random.chance(0.15)) resetSession(world, link);
  else if (!node.busy && node.inService && node.life === 'up') actOnNode(world, node, link);
}

function actOnNode(world: RoutingWorld, node: Node, link: Link): void {
  const { random } = world;
  const absence = random.magnitude(0.2, 8) * second;
  const what = random.whole(0, 9);
  if (what < 4) restart(world, node, absence);
  else if (what < 7) drain(world, node, random.between(1, 10) * second, random.between(5, 200) * second);
  else if (what < 8) die(world, node, false, random.magnitude(0.5, 150) * second);
  else if (what < 9) die(world, node, true, random.magnitude(0.5, 150) * second);
  else restartRouter(world, link.router, absence);
}

/** Of every prefix one of a few kinds of route, or none. */
function someRoutes(world: RoutingWorld): Node['wanted'] {
  const { random, options } = world;
  const routes: Routes[] = [];
  for (let i = 0; i < options.prefixes; i += 1) {
    const address =
      i % 2 === 0
        ? Uint8Array.of(198, 51, 100, i)
        : Uint8Array.of(0x20, 1, 0xd, 0xb8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, i);
    const prefixes = [prefixOf(address, 8 * address.length)];
    const kind = random.whole(0, 3);
    if (kind === 1) routes.push({ prefixes, attributes: {} });
    if (kind === 2)
      routes.push({ prefixes, attributes: { communities: [(nodesCommunity << 16) | random.whole(1, 2)] } });
    if (kind === 3) routes.push({ prefixes, attributes: { med: random.whole(0, 1) } });
  }
  return tableOf(routes);
}

const nodesCommunity = 1000;

/** The router wants the routes of a family again. */
function askAgain(world: RoutingWorld, link: Link): void {
  const end = link.ends[1];
  const established = end?.session.connections.find(({ phase }) => phase === 'Established');
  const pipe = established && end?.pipes.get(established.number);
  if (pipe === undefined || link.ends[0]?.session.state !== 'Established') return;
  note(world, link, 1, 'asks for routes again');
  count(world, 'asked-again');
  const afi = world.random.pick([1, 2] as const);
  send(
    world,
    link,
    1,
    pipe,
    encodeRouteRefresh({ type: 'route-refresh', afi, safi: unicast, subtype: refreshSubtype.request }),
  );
}

/** An administrator begins one session anew: a change that concerns no other. */
function resetSession(world: RoutingWorld, link: Link): void {
  if (world.nodes[link.node]!.busy) return;
  note(world, link, 0, 'is reset');
  count(world, 'reset');
  // Only one that has lasted makes the router, too, forget that it had to back off.
  const { establishedAt = never } = (link.ends[0] && establishedOf(link.ends[0].session)) ?? {};
  const lasted = world.scheduler.now - establishedAt > world.options.holdTime * second;
  disturb(world, link, lasted ? 40 * second : undefined);
  give(world, link, 0, { type: 'reset', text: 'changed' });
}

/** What goes wrong on one link in a storm. */
function storm(world: RoutingWorld, link: Link, from: Micros, until: Micros): void {
  const { random, scheduler } = world;
  if (random.chance(0.3)) return; // it is spared, and its session must not notice
  scheduler.plan(
    from,
    () => {
      link.disturbed = true;
      link.loss = random.chance(0.5) ? random.between(0, 0.7) : 0;
    },
    undefined,
  );
  for (let at = from; at < until; at += random.magnitude(0.5, 20) * second)
    scheduler.plan(at, () => afflict(world, link), undefined);
  scheduler.plan(
    until,
    () => {
      link.disturbed = false;
      link.loss = 0;
      link.blocked = 'no';
      disturb(world, link);
      note(world, link, 0, 'the storm is over');
      // An agent hears of a link that comes up.
      if (random.chance(0.5)) give(world, link, 0, { type: 'retry' });
    },
    undefined,
  );
}

function afflict(world: RoutingWorld, link: Link): void {
  const { random } = world;
  if (!link.disturbed) return;
  if (random.chance(0.3)) {
    note(world, link, 0, 'connections are reset');
    count(world, 'connections-reset');
    resetAll(world, link);
    return;
  }
  link.blocked = random.pick(['no', 'no', 'stalled', 'cut'] as const);
  note(world, link, 0, `the link is ${link.blocked === 'no' ? 'clear' : link.blocked}`);
  count(world, link.blocked);
}
