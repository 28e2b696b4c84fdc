// biome-ignore-all lint/suspicious/noExplicitAny: the reconcilers are given as much of a context as they use.
import assert from 'node:assert/strict';
import { createAssignments } from '../../../../src/controller/context/assignments.js';
import type { Context } from '../../../../src/controller/context/context.js';
import { keepService, type Service } from '../../../../src/controller/objects/builtin-objects.js';
import { createReconcilers } from '../../../../src/controller/reconcilers.js';
import { createTaskQueue } from '../../../../src/controller/tasks.js';
import { noExclusions } from '../../../../src/core/ipam/exclusions.js';
import { createManualClock, type ManualClock } from '../../platform/kubernetes/manual-clock.js';

const keys = ['a/one', 'a/two'];
const waiting = (name: string) =>
  keepService({
    metadata: { name, namespace: 'a', uid: name, annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb' } },
    spec: { type: 'LoadBalancer', ipFamilies: ['IPv4'] },
    status: {},
  } as any);

/** Services that wait, since there is no Eip, in a controller whose server drops conditions until it is upgraded. */
function waitingServices() {
  const clock = createManualClock();
  const faults: unknown[] = [];
  const services = new Map(keys.map((key) => [key, waiting(key.slice(2))]));
  const server = { keeps: false, writes: [] as number[] };
  const recent = {
    get: (key: string) => services.get(key),
    list: () => services.values(),
    wrote: (service: Service) => services.set(`a/${service.metadata.name}`, service),
  };
  const none = { get: () => undefined, list: () => [] };
  const client = {
    mergePatch: async (_: unknown, key: string, body: any) => {
      server.writes.push(clock.now());
      // The second one is answered after the first.
      if (key === keys[1]) {
        await new Promise(setImmediate);
        clock.advance(5);
      }
      const present = services.get(key)!;
      return server.keeps ? { ...present, status: body.status } : present;
    },
  };
  const log = { info: () => {}, warn: (...said: unknown[]) => faults.push(said), error: () => {}, debug: () => {} };
  const queue = createTaskQueue({ clock, log: log as any });
  const context = {
    client,
    world: {
      services: recent,
      keepService,
      knowsLabels: () => true,
      eips: none,
      vipGroups: none,
      groupWith: () => undefined,
      pools: () => [],
      namespace: (name: string) => ({ metadata: { name } }),
    },
    assignments: createAssignments(),
    exclusions: () => noExclusions,
    clock,
    log,
    recorder: { event: () => true },
    schedule: {
      tell: () => {},
      groups: () => {},
      service: (key: string) => queue.add([{ task: `service/${key}` }]),
      waiting: (afterMs = 100) => queue.add([{ task: 'waiting/', afterMs }]),
    },
    settings: { allServices: false, namespace: 'openelb-system' },
  } as unknown as Context;
  const nothing = { exclusions: { news: () => [] }, faulty: { refusalOf: () => undefined } };
  queue.open(createReconcilers(context, nothing as any).byTask);
  keys.forEach(context.schedule.service);
  return { clock, faults, server, services, schedule: context.schedule };
}

/** In steps, with time between for what falls due. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  const until = clock.now() + ms;
  do {
    await new Promise(setImmediate);
    clock.advance(Math.min(1_000, until - clock.now()));
  } while (clock.now() < until);
  await new Promise(setImmediate);
}

describe('Services that wait where the server drops conditions', () => {
  for (const others of [false, true]) {
    it(`have them once it keeps them${others ? ', though something else had them looked at meanwhile' : ''}`, async () => {
      const { clock, faults, server, services, schedule } = waitingServices();
      await pass(clock, 1_000);
      assert.deepEqual(faults, []);
      assert.equal(server.writes.length, 2);
      await pass(clock, 300_000);
      if (others) schedule.waiting();
      await pass(clock, 200_000);
      assert.equal(server.writes.length, 2, 'nothing before ten minutes are over');
      server.keeps = true;
      await pass(clock, 102_000);
      const told = keys.map((key) => services.get(key)?.status?.conditions?.[0]?.reason);
      assert.deepEqual(told, ['NoPool', 'NoPool']);
    });
  }
});
