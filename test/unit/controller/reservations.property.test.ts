// biome-ignore-all lint/suspicious/noExplicitAny: the store takes whatever is sent.
// Two real deciders on one store that answers late, loses answers, lags in its watches, and kills them between any two steps.
import assert from 'node:assert/strict';
import { createAssignments } from '../../../src/controller/assignments.js';
import type { Context } from '../../../src/controller/context.js';
import { keepService, type Service } from '../../../src/controller/objects.js';
import { poolsOf } from '../../../src/controller/pools.js';
import { createRecent } from '../../../src/controller/recent.js';
import { createServiceReconciler } from '../../../src/controller/reconcile-service.js';
import { ApiError } from '../../../src/platform/kubernetes/api-error.js';

const optIn = { 'lb.kubesphere.io/v1alpha1': 'openelb' };
const defaultEip = { 'eip.openelb.kubesphere.io/is-default-eip': 'true' };
const eip = {
  metadata: { name: 'pool', annotations: defaultEip },
  spec: { address: '192.0.2.0/28', protocol: 'vip', interface: 'eth0' },
};
const { OPENELB_HISTORIES = '60', OPENELB_HISTORY } = process.env;
const histories = Number(OPENELB_HISTORIES);

describe('two controllers and one store', function () {
  this.timeout(300_000);

  it('never give one address to two Services, and leave none without, whatever order, loss and death', async () => {
    let rivalries = 0;
    const live = async (seed: number) => {
      const history = createHistory(seed, 2);
      for (let step = 0; step < 250; step++) await history.step();
      await history.end();
      rivalries += history.refused();
    };
    if (OPENELB_HISTORY !== undefined) return replayable({ OPENELB_HISTORY }, () => live(Number(OPENELB_HISTORY)));
    for (let seed = 1; seed <= histories; seed++) await replayable({ OPENELB_HISTORY: seed }, () => live(seed));
    assert.ok(rivalries > histories / 4, `only ${rivalries} times did one overtake the other: this proves little`);
  });

  for (const when of ['before', 'after'] as const) {
    it(`lose and double nothing when one is killed ${when} any of its writes`, async () => {
      const calm = createHistory(7, 1, { calm: true });
      await calm.end();
      assert.ok(calm.writes() >= 10, `${calm.writes()} writes`);
      for (let at = 0; at < calm.writes(); at++) {
        const history = createHistory(7, 1, { calm: true, kill: { at, when } });
        await replayable({}, () => history.end());
        assert.equal(history.kills(), 1);
      }
    });
  }
});

/** Makes test/reporter.cjs print the command that does the same again. */
async function replayable(environment: Readonly<Record<string, string | number>>, live: () => Promise<void>) {
  await live().catch((error: Error) => {
    throw Object.assign(error, { replay: environment });
  });
}

interface Operation {
  readonly owner: object;
  readonly run: () => void;
  readonly lose: () => void;
}

function createHistory(
  seed: number,
  count: number,
  o: { calm?: boolean; kill?: { at: number; when: 'before' | 'after' } } = {},
) {
  const random = mulberry32(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const said: string[] = [];
  const store = new Map<string, Service>();
  let record: any;
  let revision = 100;
  let writes = 0;
  let kills = 0;
  let refused = 0;
  let operations: Operation[] = [];
  const instances: Instance[] = [];

  const put = (service: Service) => {
    const key = `default/${service.metadata.name}`;
    revision++;
    const next = { ...service, metadata: { ...service.metadata, resourceVersion: String(revision) } };
    store.set(key, next);
    for (const one of instances) one.events.push([key, next]);
    const holders = new Map<string, string>();
    for (const [name, { status }] of store) {
      for (const { ip } of status?.loadBalancer?.ingress ?? []) {
        assert.equal(holders.get(ip!), undefined, `seed ${seed}: ${ip} is with ${name}, too\n${said.join('\n')}`);
        holders.set(ip!, name);
      }
    }
    return next;
  };
  const remove = (key: string) => {
    store.delete(key);
    revision++;
    for (const one of instances) one.events.push([key, undefined]);
  };
  const fail = (status: number) => new ApiError({ method: 'PUT', path: '/', code: status, status: {} as never });

  /** A call that the store carries out when the history says so. */
  const call = <T>(owner: object, action: () => T, isWrite: boolean): Promise<T> =>
    new Promise((resolve, reject) => {
      operations.push({
        owner,
        run: () => {
          const at = isWrite ? writes++ : -1;
          const doomed = o.kill?.at === at && kills === 0;
          if (doomed && o.kill?.when === 'before') return kill(owner);
          try {
            const answer = action();
            if (doomed) return kill(owner);
            if (!o.calm && random() < 0.03) reject(new Error('the answer was lost'));
            else resolve(answer);
          } catch (error) {
            if (doomed) return kill(owner);
            reject(error);
          }
        },
        lose: () => reject(new Error('the request was lost')),
      });
    });

  const clientOf = (owner: object) => ({
    get: (_: unknown, key: string) =>
      call(owner, () => (key.startsWith('default/') ? store.get(key) : record && structuredClone(record)), false),
    create: (_: unknown, object: any) =>
      call(
        owner,
        () => {
          if (record !== undefined) throw fail(409);
          revision++;
          record = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
          return record;
        },
        true,
      ),
    replace: (_: unknown, object: any) =>
      call(
        owner,
        () => {
          if (record?.metadata.resourceVersion !== object.metadata.resourceVersion) {
            refused++;
            throw fail(409);
          }
          revision++;
          record = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
          said.push(`record ${record.metadata.annotations['openelb.kubesphere.io/reservations']}`);
          return record;
        },
        true,
      ),
    request: () => call(owner, () => ({ metadata: {}, items: [...store.values()] }), false),
    mergePatch: (_: unknown, key: string, body: any, guard: any) =>
      call(
        owner,
        () => {
          const present = store.get(key);
          if (present === undefined) throw fail(404);
          const { uid, resourceVersion } = present.metadata;
          if (guard.uid !== uid || guard.resourceVersion !== resourceVersion) throw fail(409);
          const labels = { ...present.metadata.labels, ...body.metadata?.labels };
          for (const name of Object.keys(labels)) if (labels[name] === null) delete labels[name];
          const ingress = body.status === undefined ? undefined : (body.status.loadBalancer.ingress ?? []);
          said.push(`status ${key} ${JSON.stringify(ingress)}`);
          return put({
            ...present,
            metadata: { ...present.metadata, labels },
            ...(ingress === undefined ? {} : { status: { loadBalancer: { ingress } } }),
          });
        },
        true,
      ),
  });

  interface Instance {
    readonly events: [string, Service | undefined][];
    readonly dirty: Set<string>;
    readonly running: Set<string>;
    deliver(): void;
    start(): void;
  }

  const boot = (): Instance => {
    const cached = new Map([...store].map(([key, service]) => [key, keepService(service)]));
    const [events, dirty, running]: [Instance['events'], Set<string>, Set<string>] = [
      [],
      new Set(cached.keys()),
      new Set(),
    ];
    const cache = { get: (key: string) => cached.get(key), list: () => cached.values() };
    const recent = createRecent<Service>(cache as never, () => 0);
    const pools = poolsOf([eip as never]);
    const instance: Instance = {
      events,
      dirty,
      running,
      deliver: () => {
        const [key, object] = events.shift()!;
        const previous = cached.get(key);
        if (object === undefined) cached.delete(key);
        else cached.set(key, keepService(object));
        recent.seen(key, object, previous);
        dirty.add(key);
      },
      start: () => {
        const key = pick([...dirty].filter((each) => !running.has(each)));
        dirty.delete(key);
        running.add(key);
        reconciler
          .reconcile(key)
          .then((again) => again && dirty.add(key))
          .catch((error) => {
            if (error instanceof assert.AssertionError) broken ??= error;
            dirty.add(key);
          })
          .finally(() => running.delete(key));
      },
    };
    const schedule = {
      service: (key: string) => dirty.add(key),
      groups: () => {},
      status: () => {},
      tell: () => {},
      waiting: () => {
        for (const key of reconciler.waiting()) dirty.add(key);
      },
    };
    const world = { services: recent, pools: () => pools, namespace: () => undefined };
    const settings = { allServices: false, namespace: 'openelb-system' };
    const recorder = { event: () => {} };
    const reconciler = createServiceReconciler({
      client: clientOf(instance),
      world,
      assignments: createAssignments(),
      recorder,
      schedule,
      settings,
    } as unknown as Context);
    reconciler.load();
    return instance;
  };
  let broken: Error | undefined;

  const kill = (owner: object) => {
    kills++;
    said.push('killed');
    // What it sent may be on its way still.
    operations = operations.filter((each) => each.owner !== owner || (!o.calm && random() < 0.5));
    instances[instances.indexOf(owner as Instance)] = boot();
  };

  const user = () => {
    const name = `s${Math.floor(random() * 9)}`;
    const key = `default/${name}`;
    const present = store.get(key);
    const metadata = { name, namespace: 'default', uid: `u${revision}`, annotations: optIn };
    const spec = { type: 'LoadBalancer', ports: [{ port: 80 }] };
    said.push(`user ${key}`);
    if (present === undefined) {
      put({ metadata: { ...metadata, creationTimestamp: String(1000 + revision) }, spec, status: {} } as Service);
    } else if (random() < 0.3) remove(key);
    else if (random() < 0.4) {
      const ours = present.metadata.annotations?.['lb.kubesphere.io/v1alpha1'] !== undefined;
      put({ ...present, metadata: { ...present.metadata, annotations: ours ? {} : optIn } });
    } else if (random() < 0.6) {
      const { loadBalancerIP: _, ...rest } = present.spec!;
      const asked = random() < 0.6 ? { loadBalancerIP: `192.0.2.${Math.floor(random() * 6)}` } : {};
      put({ ...present, spec: { ...rest, ...asked } });
    } else put(present);
  };

  const choices = (quiet: boolean): (() => void)[] => {
    const all: (() => void)[] = [];
    if (operations.length > 0) {
      const carryOut = () => {
        const [one] = operations.splice(Math.floor(random() * operations.length), 1);
        if (!o.calm && !quiet && random() < 0.03) one!.lose();
        else one!.run();
      };
      all.push(carryOut, carryOut, carryOut);
    }
    for (const one of instances) {
      if (one.events.length > 0) all.push(one.deliver);
      const ready = [...one.dirty].some((key) => !one.running.has(key));
      if (ready && one.running.size < 4) all.push(one.start);
    }
    return all;
  };
  const turn = async (act: () => void) => {
    act();
    await new Promise((resolve) => setImmediate(resolve));
    if (broken !== undefined) throw broken;
  };

  for (let n = 0; n < count; n++) instances.push(boot());
  if (o.calm) for (let n = 0; n < 14; n++) user();

  return {
    step: () => {
      const chance = random();
      if (chance < 0.1) return turn(user);
      if (chance < 0.12) return turn(() => kill(pick(instances)));
      const all = choices(false);
      return turn(all.length === 0 ? user : pick(all));
    },
    /** Until nothing is left to do; then every Service has what it should. */
    end: async () => {
      for (let step = 0; ; step++) {
        const all = choices(true);
        if (all.length === 0) break;
        assert.ok(step < 5000, `seed ${seed}: no end\n${said.slice(-40).join('\n')}`);
        await turn(pick(all));
      }
      for (const [key, { metadata, spec, status }] of store) {
        const ours = metadata.annotations?.['lb.kubesphere.io/v1alpha1'] !== undefined;
        const has = status?.loadBalancer?.ingress?.length ?? 0;
        if (!ours) assert.equal(has, 0, `seed ${seed}: ${key} is not ours and has an address\n${said.join('\n')}`);
        else if (spec?.loadBalancerIP === undefined) {
          assert.equal(has, 1, `seed ${seed}: ${key} has no address\n${said.join('\n')}`);
        }
      }
    },
    writes: () => writes,
    kills: () => kills,
    refused: () => refused,
  };
}

/** Source: Tommy Ettinger's mulberry32. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
