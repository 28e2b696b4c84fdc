import type { Micros } from '../../src/core/time.js';
import { putRight } from './addresses.js';
import { changedAll } from './checkers/checker.js';
import { crash, handOver, launch, learn, pause, restart, resume, setLink } from './lifecycle.js';
import { isAwake, type Node, type World } from './model.js';
import { changePlan } from './plans.js';

const ms: Micros = 1000;
const second: Micros = 1_000_000;
const minute: Micros = 60 * second;

/** Lets storms and calms follow each other until `end`. The first storm begins with nothing running. */
export function plague(world: World, end: Micros): void {
  const { random, scheduler, options } = world;
  for (const node of world.nodes) at(world, random.between(0, 5 * second), () => startIfDown(world, node));
  beginStorm(world, random.between(0.2, 1) * options.stormLength);

  function beginStorm(_world: World, length: Micros): void {
    const until = scheduler.now + length;
    storm(world, until);
    scheduler.plan(until, beginCalm, undefined);
  }

  function beginCalm(): void {
    heal(world);
    const next = scheduler.now + random.between(0.5, 1) * options.calmLength;
    if (next < end)
      scheduler.plan(next, () => beginStorm(world, random.between(0.2, 1) * options.stormLength), undefined);
  }
}

function storm(world: World, until: Micros): void {
  const { faults } = world.options;
  world.stormy = true;
  trace(world, 'a storm begins');
  for (const checker of world.checkers) checker.disturbed?.();
  for (const node of world.nodes) {
    often(world, until, faults.oneWayCuts, () => cut(world, node));
    often(world, until, faults.linkFlaps, () => flap(world, node));
    often(world, until, faults.pauses, () => stop(world, node));
    often(world, until, faults.crashes, () => kill(world, node));
    often(world, until, faults.restarts, () => restartAgent(world, node));
    often(world, until, faults.handOvers, () => passOn(world, node));
    often(world, until, faults.addressFailures, () => refuse(world, node));
  }
  for (const plan of world.plans) often(world, until, faults.changes, () => change(world, plan.index));
}

/** Ends everything that is wrong at once. Frames on their way still arrive late. */
export function heal(world: World): void {
  world.stormy = false;
  trace(world, 'the storm is over');
  for (const row of world.cuts) row.fill(false);
  for (const node of world.nodes) {
    node.refusesAddresses = false;
    if (!node.linkUp) setLink(world, node, true);
    resume(world, node);
    startIfDown(world, node);
    for (const plan of world.plans) learn(world, node, plan);
  }
  changedAll(world);
  for (const checker of world.checkers) checker.healed?.();
}

function cut(world: World, node: Node): void {
  const { random } = world;
  const others = world.nodes.filter((other) => other !== node);
  const reached = random.chance(0.3) ? others : [random.pick(others)];
  const isOutward = random.chance(0.5);
  const length = random.magnitude(50 * ms, 20 * second);
  trace(world, `node ${node.index} is cut ${isOutward ? 'off' : 'out'} for ${(length / second).toFixed(3)} s`);
  for (const other of reached) {
    const [from, to] = isOutward ? [node.index, other.index] : [other.index, node.index];
    world.cuts[from]![to] = true;
    later(world, length, () => {
      world.cuts[from]![to] = false;
    });
  }
  changedAll(world);
}

function flap(world: World, node: Node): void {
  if (!node.linkUp) return;
  trace(world, `node ${node.index} loses its link`);
  setLink(world, node, false);
  later(world, world.random.magnitude(10 * ms, 20 * second), () => {
    if (!node.linkUp) setLink(world, node, true);
  });
}

function stop(world: World, node: Node): void {
  if (!isAwake(node)) return;
  const { random, options, scheduler } = world;
  const length = random.magnitude(ms, options.faults.pauseLength);
  trace(world, `node ${node.index} stops for ${(length / second).toFixed(3)} s`);
  pause(world, node, random.chance(options.faults.stun));
  const since = scheduler.now;
  later(world, length, () => {
    if (node.pausedAt === since) resume(world, node);
  });
}

function kill(world: World, node: Node): void {
  if (!node.running) return;
  trace(world, `node ${node.index} crashes`);
  crash(world, node);
  later(world, world.random.magnitude(100 * ms, 20 * second), () => startIfDown(world, node));
}

function restartAgent(world: World, node: Node): void {
  if (!isAwake(node) || node.stopping) return;
  trace(world, `node ${node.index} restarts its agent`);
  restart(world, node, world.random.magnitude(10 * ms, 5 * second));
}

function passOn(world: World, node: Node): void {
  if (!isAwake(node)) return;
  trace(world, `node ${node.index} is to hand over`);
  handOver(world, node);
}

function refuse(world: World, node: Node): void {
  trace(world, `node ${node.index} refuses addresses`);
  node.refusesAddresses = true;
  changedAll(world);
  later(world, world.random.magnitude(10 * ms, 10 * second), () => {
    node.refusesAddresses = false;
    if (isAwake(node) && world.random.chance(0.5)) putRight(world, node);
  });
}

function change(world: World, group: number): void {
  const plan = changePlan(world, world.plans[group]!);
  world.plans[group] = plan;
  const members = [...plan.priorities].map(([node, priority]) => {
    return `${node}:${priority}${plan.lastResort.has(node) ? ' (last resort)' : ''}`;
  });
  trace(world, `group ${group} becomes ${members}`);
  for (const node of world.nodes) {
    const delay = world.random.between(0, world.options.faults.changeDelay);
    at(world, world.scheduler.now + delay, () => learn(world, node, plan));
  }
}

function startIfDown(world: World, node: Node): void {
  if (node.running) return;
  trace(world, `node ${node.index} starts its agent`);
  launch(world, node);
}

/** Does something at random instants, `rate` times a minute on average, while the storm lasts. */
function often(world: World, until: Micros, rate: number, happen: () => void): void {
  if (rate === 0) return;
  const wait = (-Math.log(1 - world.random.fraction()) * minute) / rate;
  const next = world.scheduler.now + wait;
  if (next >= until) return;
  at(world, next, () => {
    happen();
    often(world, until, rate, happen);
  });
}

/** Ends a fault after a while; healing may have done it before. */
function later(world: World, after: Micros, end: () => void): void {
  at(world, world.scheduler.now + after, () => {
    end();
    changedAll(world);
  });
}

function at(world: World, instant: Micros, happen: () => void): void {
  world.scheduler.plan(instant, happen, undefined);
}

function trace(world: World, text: string): void {
  world.trace?.(world.scheduler.now, text);
}
