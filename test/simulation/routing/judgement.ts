import { entriesOf } from '../../../src/core/bgp/route-table.js';
import type { RouteAttributes } from '../../../src/core/bgp/session.js';
import type { Family } from '../../../src/core/ip/address.js';
import type { Micros } from '../../../src/core/time.js';
import { formatPrefix } from '../../../src/core/wire/bgp/prefix.js';
import { Violation } from '../checkers/checker.js';
import { count, isQuiet, type Link, type Node, note, type RoutingWorld, type Side } from './model.js';
import type { Held } from './rib.js';
import { addressOf } from './tcp.js';

/*
 * What must hold, whatever happens:
 *
 *   belief       a router knows of a node what the group says, soon after a change, and some time after a fault
 *   drained      it knows no route of a node that has left, and was told of each that it was about to go
 *   undisturbed  a session ends only for something that concerns it
 *   restart      a planned restart takes no route away
 *   repeated     nothing is told twice
 *   sound        no session throws, or sends what cannot be read
 */

/** For rounding, and what messages in a row take on their way. */
const slackOf = ({ options }: RoutingWorld): Micros => 100_000 + 24 * options.latency;
const second: Micros = 1_000_000;
/** What becomes of a node's life or service is known after this at the latest. */
const whole: Micros = 15 * second;
export const nodesAs = 64_512;

/** An Established session ends, or BFD says that its path does. */
export function judgeUndisturbed(world: RoutingWorld, link: Link, side: Side): void {
  if (!isQuiet(world, link)) return;
  const who = side === 0 ? 'the node' : 'the router';
  fail(
    world,
    'undisturbed',
    link,
    `${who} ends the session though nothing has happened since ${seconds(link.disturbedAt)}`,
  );
}

/** A router was told a route; `before` is what it held for it. */
export function judgeTold(world: RoutingWorld, link: Link, prefix: string, held: Held, before: Held | undefined): void {
  note(world, link, 1, `+${prefix} ${held.text}${held.markedAt === Number.POSITIVE_INFINITY ? '' : ' (going)'}`);
  count(world, 'told');
  const fresh = before !== undefined && !before.stale && !before.former;
  const marksAlike = (before?.markedAt === Number.POSITIVE_INFINITY) === (held.markedAt === Number.POSITIVE_INFINITY);
  if (fresh && before.text === held.text && marksAlike) fail(world, 'repeated', link, `${prefix} is told again`);
  const node = world.nodes[link.node]!;
  // What was sent before may come late through a link that was stalled.
  if (!node.inService && node.draining === undefined && isQuiet(world, link))
    fail(world, 'drained', link, `${prefix} is told though the node has left`);
}

/** A router forgets a route. */
export function judgeGone(world: RoutingWorld, link: Link, prefix: string, held: Held): void {
  note(world, link, 1, `-${prefix}`);
  count(world, 'forgotten');
  const node = world.nodes[link.node]!;
  const wanted = wantedOf(node).has(prefix);
  const { now } = world.scheduler;
  if (!isQuiet(world, link)) return;
  if (node.restarting && wanted) fail(world, 'restart', link, `${prefix} goes while the node restarts`);
  if (node.draining !== undefined && wanted && held.markedAt > now - node.draining.wait + slackOf(world))
    fail(world, 'drained', link, `${prefix} goes without having been marked for ${seconds(node.draining.wait)}`);
}

/** After a change of what is to be known: where nothing disturbs, it is known within a bound. */
export function judgeSoon(world: RoutingWorld, node: Node, links: readonly Link[], within: Micros): void {
  const { now } = world.scheduler;
  const undisturbed = links.filter((link) => isQuiet(world, link) && isUp(link));
  world.scheduler.plan(
    now + within,
    () => {
      if (node.changedAt > now || node.life !== 'up' || node.restarting) return;
      for (const link of undisturbed) {
        if (link.disturbed || link.disturbedAt > now) continue;
        judgeBelief(world, link, node, `${seconds(within)} after it was decided`);
        count(world, 'judged-soon');
      }
    },
    undefined,
  );
}

/** Now and then: whatever has happened, all is well again some time after. */
export function judgeAll(world: RoutingWorld): void {
  const { now } = world.scheduler;
  for (const link of world.links) {
    const node = world.nodes[link.node]!;
    const since = Math.max(link.disturbedAt, node.lifeAt);
    if (!isQuiet(world, link) || node.busy || node.life !== 'up') continue;
    if (now - node.lifeAt < whole || now - node.changedAt < second) continue;
    if (node.inService && !isUp(link)) fail(world, 'belief', link, `there is no session since ${seconds(since)}`);
    judgeBelief(world, link, node, `${seconds(now - since)} after the last that happened`);
    count(world, 'judged-late');
  }
}

/** A node is gone for good: routers find out. */
export function judgeForgotten(world: RoutingWorld, link: Link, within: Micros): void {
  const { now } = world.scheduler;
  const node = world.nodes[link.node]!;
  const { life } = node;
  world.scheduler.plan(
    now + within + slackOf(world),
    () => {
      if (node.life !== life || link.disturbed || link.disturbedAt > now) return;
      const left = [...link.rib.routes.keys()];
      if (left.length > 0) fail(world, 'belief', link, `${left} is known ${seconds(within)} after the node was gone`);
      count(world, 'judged-forgotten');
    },
    undefined,
  );
}

function judgeBelief(world: RoutingWorld, link: Link, node: Node, when: string): void {
  const wanted = node.inService ? wantedOf(node) : new Map<string, RouteAttributes>();
  const { routes } = link.rib;
  const missing = [...wanted.keys()].filter((key) => !routes.has(key));
  const strange = [...routes.keys()].filter((key) => !wanted.has(key));
  if (missing.length > 0) fail(world, 'belief', link, `${missing} is not known ${when}`);
  if (strange.length > 0) fail(world, node.inService ? 'belief' : 'drained', link, `${strange} is known ${when}`);
  for (const [key, attributes] of wanted) {
    const held = routes.get(key)!;
    const right = textOf(link, held.family, attributes);
    if (held.text !== right) fail(world, 'belief', link, `${key} is ${held.text}, not ${right}, ${when}`);
    if (held.stale) fail(world, 'belief', link, `${key} is stale ${when}`);
  }
}

function isUp(link: Link): boolean {
  return link.ends.every((end) => end?.session.state === 'Established');
}

function wantedOf(node: Node): ReadonlyMap<string, RouteAttributes> {
  return new Map([...entriesOf(node.wanted)].map(([prefix, attributes]) => [formatPrefix(prefix), attributes]));
}

/** A route as a router of another AS must hold it, in words of our own. */
function textOf(link: Link, family: Family, { communities = [], med }: RouteAttributes): string {
  const hop = family === 4 ? addressOf(link, 0) : ipv6Of(link.node);
  return [[nodesAs], communities.toSorted(), med, undefined, hop].join(' / ');
}

/** A node's IPv6 address. */
export function ipv6Of(node: number): Uint8Array {
  return Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11 + node);
}

function fail(world: RoutingWorld, checker: string, link: Link, text: string): never {
  throw new Violation(checker, world.scheduler.now, `router ${link.router} and node ${link.node}: ${text}`);
}

function seconds(micros: Micros): string {
  return `${(micros / 1e6).toFixed(3)} s`;
}
