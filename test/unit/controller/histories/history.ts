// biome-ignore-all lint/suspicious/noExplicitAny: the store takes whatever is sent.
// Owns: one random history: deciders on one store that answers late, loses requests and answers, tells each of them of each kind late, in
// part or out of order, and kills them between any two steps; and what must hold at each instant of it, and in the end.
import assert from 'node:assert/strict';
import { createDecider, type Decider, watchedKinds } from './decider.js';
import { createMemoryStore, type StoredObject } from './memory-store.js';

const optInName = 'lb.kubesphere.io/v1alpha1';
const optIn = { [optInName]: 'openelb' };
const defaultEip = { 'eip.openelb.kubesphere.io/is-default-eip': 'true' };
const nodeNames = ['n1', 'n2', 'n3'];
const nodes = nodeNames.map((name) => ({
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
}));
const pool = (name: string, address: string, more: object = {}) => ({
  metadata: { name, annotations: defaultEip },
  spec: { address, protocol: 'vip', interface: 'eth0', vrrp: { groups: 3 }, ...more },
});
/** The one is the other's neighbour, and they exchange addresses at times. */
const halves = [
  [pool('left', '192.0.2.0/29'), pool('right', '192.0.2.8-192.0.2.15')],
  [pool('left', '192.0.2.0-192.0.2.3'), pool('right', '192.0.2.4-192.0.2.15')],
] as const;

/** For namespaces with its label; who is not known to be in one gets an address of the others. */
const teamPool = {
  metadata: { name: 'team' },
  spec: { ...pool('team', '198.51.100.0/29').spec, namespaceSelector: { team: 'yes' } },
};

export interface Rates {
  /** How likely each is, at each step or event. */
  readonly lostRequest: number;
  readonly lostAnswer: number;
  readonly late: number;
  readonly lostEvent: number;
  readonly earlyEvent: number;
  readonly relist: number;
  readonly death: number;
}

export const calm: Rates = { lostRequest: 0, lostAnswer: 0, late: 0, lostEvent: 0, earlyEvent: 0, relist: 0, death: 0 };
export const stormy: Rates = {
  lostRequest: 0.03,
  lostAnswer: 0.03,
  late: 0.02,
  lostEvent: 0.03,
  earlyEvent: 0.03,
  relist: 0.01,
  death: 0.02,
};

interface Operation {
  readonly owner: Decider;
  readonly run: () => void;
  readonly lose: () => void;
}

/** What happened, so that a test can tell that it proves something. */
export interface Counts {
  writes: number;
  kills: number;
  /** Writes that the store refused since they were overtaken. */
  refused: number;
  /** Addresses that went from one group to another. */
  moved: number;
  lostEvents: number;
  earlyEvents: number;
}

export function createHistory(
  seed: number,
  count: number,
  o: { rates?: Rates; kill?: { at: number; when: 'before' | 'after' } } = {},
) {
  const rates = o.rates ?? calm;
  const random = mulberry32(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const said: string[] = [];
  const counts: Counts = { writes: 0, kills: 0, refused: 0, moved: 0, lostEvents: 0, earlyEvents: 0 };
  const deciders: Decider[] = [];
  const lastGroup = new Map<string, string>();
  let operations: Operation[] = [];
  let broken: unknown;
  let now = 0;
  let steps = 0;

  const text = () => `seed ${seed}\n${said.slice(-60).join('\n')}`;
  const unique = (what: string, objects: readonly (readonly [string, readonly string[]])[]) => {
    const holders = new Map<string, string>();
    for (const [name, addresses] of objects) {
      for (const each of addresses) {
        if (holders.has(each))
          broken ??= new assert.AssertionError({
            message: `${each} is in ${holders.get(each)} and ${name} (${what}): ${text()}`,
          });
        holders.set(each, name);
      }
    }
    return holders;
  };
  const store = createMemoryStore((plural, key, object, previous) => {
    for (const { watches } of deciders) {
      if (plural in watches) watches[plural as keyof Decider['watches']].push({ key, object, previous });
    }
    if (plural === 'services')
      unique(
        'services',
        store.all(plural).map((each) => [`${each.metadata.namespace}/${each.metadata.name}`, ingressOf(each)]),
      );
    if (plural !== 'vipgroups') return;
    if (object === undefined && previous?.spec.addresses.length > 0)
      broken ??= new assert.AssertionError({
        message: `${key} goes with addresses, which agents would keep: ${text()}`,
      });
    const placed = unique(
      'groups',
      store.all(plural).map((each) => [each.metadata.name, each.spec.addresses]),
    );
    for (const [address, name] of placed) {
      if ((lastGroup.get(address) ?? name) !== name) counts.moved += 1;
      lastGroup.set(address, name);
    }
  });

  const kill = (owner: Decider) => {
    counts.kills += 1;
    said.push('killed');
    // What it sent may be on its way still.
    operations = operations.filter((each) => each.owner !== owner || random() < 0.5);
    deciders[deciders.indexOf(owner)] = boot();
  };

  /** A request that the store carries out when the history says so. */
  const call = (owner: Decider, what: string, isWrite: boolean, action: () => unknown): Promise<any> =>
    new Promise((resolve, reject) => {
      operations.push({
        owner,
        run: () => {
          const at = isWrite ? counts.writes++ : -1;
          const doomed = o.kill?.at === at && counts.kills === 0;
          if (doomed && o.kill?.when === 'before') return kill(owner);
          try {
            const answer = action();
            if (isWrite) said.push(`${deciders.indexOf(owner)}: ${what}`);
            if (doomed) kill(owner);
            else if (random() < rates.lostAnswer) reject(new Error('the answer was lost'));
            else resolve(structuredClone(answer));
          } catch (error) {
            counts.refused += 1;
            if (isWrite) said.push(`${deciders.indexOf(owner)}: refused: ${what}`);
            if (doomed) kill(owner);
            else reject(error);
          }
        },
        lose: () => reject(new Error('the request was lost')),
      });
    });

  const clientOf = (owner: Decider) => {
    const { verbs } = store;
    const json = (value: unknown) => JSON.stringify(value);
    return {
      get: ({ plural }: any, key: string) => call(owner, '', false, () => verbs.get(plural, key)),
      list: ({ plural }: any) => call(owner, '', false, () => verbs.list(plural)),
      request: () => call(owner, '', false, () => ({ ...verbs.list('services'), metadata: {} })),
      create: ({ plural }: any, object: any) =>
        call(owner, `create ${plural} ${json(object.metadata)}`, true, () => verbs.create(plural, object)),
      replace: ({ plural }: any, object: any) =>
        call(owner, `replace ${plural} ${json(object.metadata)}`, true, () => verbs.replace(plural, object)),
      mergePatch: ({ plural }: any, key: string, patch: any, guard: any) =>
        call(owner, `merge ${plural} ${key} ${json(patch)}`, true, () => verbs.mergePatch(plural, key, patch, guard)),
      jsonPatch: ({ plural }: any, key: string, operations: any[], guard: any) =>
        call(
          owner,
          `patch ${plural} ${key} ${json(operations.map(({ value }) => value?.addresses ?? value))}`,
          true,
          () => verbs.jsonPatch(plural, key, operations, guard),
        ),
      remove: ({ plural }: any, key: string, guard: any) =>
        call(owner, `remove ${plural} ${key}`, true, () => verbs.remove(plural, key, guard)),
    };
  };

  const clock = { now: () => now, wall: () => 1_700_000_000_000 + now, random, after: () => () => {} };
  const boot = (): Decider =>
    createDecider({
      store,
      client: clientOf,
      clock,
      nodes,
      readyNodes: (key) => [nodeNames[key.length % 2]!, nodeNames[(key.charCodeAt(key.length - 1) % 2) + 1]!].sort(),
      onBroken: (error) => {
        if (error instanceof assert.AssertionError || error instanceof TypeError) broken ??= error;
      },
    });

  const user = () => {
    const chance = random();
    if (chance < 0.04) return exchange();
    if (chance < 0.2) return report();
    if (chance < 0.35) return team();
    const name = `s${Math.floor(random() * 9)}`;
    const key = `default/${name}`;
    const present = store.get('services', key);
    said.push(`user ${key}`);
    if (present === undefined) {
      const spec = { type: 'LoadBalancer', ports: [{ port: 80 }] };
      const creationTimestamp = String(1000 + Number(store.revision()));
      store.put('services', {
        metadata: { name, namespace: 'default', annotations: optIn, creationTimestamp },
        spec,
        status: {},
      });
    } else if (random() < 0.25) store.remove('services', key);
    else if (random() < 0.32) {
      const ours = present.metadata as any;
      const annotations = ours.annotations?.[optInName] === undefined ? optIn : {};
      store.put('services', { ...present, metadata: { ...present.metadata, annotations } });
    } else if (random() < 0.4) {
      const { loadBalancerIP: _, ...rest } = present.spec;
      const asked = random() < 0.6 ? { loadBalancerIP: `192.0.2.${Math.floor(random() * 6)}` } : {};
      store.put('services', { ...present, spec: { ...rest, ...asked } });
    } else if (random() < 0.7) {
      const externalTrafficPolicy = present.spec.externalTrafficPolicy === 'Local' ? 'Cluster' : 'Local';
      store.put('services', { ...present, spec: { ...present.spec, externalTrafficPolicy } });
    } else store.put('services', present);
  };
  /** A Namespace and a Service in it, made one right after the other, or both removed. */
  const team = () => {
    const namespace = `team-${Math.floor(random() * 5)}`;
    const key = `${namespace}/web`;
    said.push(`user ${key}`);
    if (store.get('services', key) !== undefined) {
      store.remove('services', key);
      store.remove('namespaces', namespace);
      return;
    }
    store.put('namespaces', { metadata: { name: namespace, labels: { team: 'yes' } } });
    const creationTimestamp = String(1000 + Number(store.revision()));
    const spec = { type: 'LoadBalancer', ports: [{ port: 80 }] };
    store.put('services', {
      metadata: { name: 'web', namespace, annotations: optIn, creationTimestamp },
      spec,
      status: {},
    });
  };
  /** Addresses go from one pool to the other. */
  const exchange = () => {
    said.push('user: the pools exchange addresses');
    for (const eip of pick(halves)) store.put('eips', { ...(store.get('eips', eip.metadata.name) ?? {}), ...eip });
  };
  /** An agent has something to say in the status of a group. */
  const report = () => {
    const groups = store.all('vipgroups');
    if (groups.length === 0) return;
    const group = pick(groups);
    store.put('vipgroups', { ...group, status: { holder: pick(nodeNames), transitions: steps } });
  };

  const choices = (quiet: boolean): (() => void)[] => {
    const all: (() => void)[] = [];
    if (operations.length > 0) {
      const carryOut = () => {
        const [one] = operations.splice(Math.floor(random() * operations.length), 1);
        if (!quiet && random() < rates.lostRequest) one!.lose();
        else one!.run();
      };
      all.push(carryOut, carryOut, carryOut);
    }
    for (const { watches, dirty, running, start } of deciders) {
      for (const kind of watchedKinds) {
        const watch = watches[kind];
        if (watch.waiting() > 0 && (quiet || !watch.isLate)) all.push(() => deliver(watch, quiet));
        if (watch.isSpoilt() && (quiet || random() < rates.relist)) all.push(watch.relist);
      }
      const ready = [...dirty].filter((task) => !running.has(task));
      if (ready.length > 0 && running.size < 4) all.push(() => start(pick(ready)));
    }
    return all;
  };
  const deliver = (watch: Decider['watches']['services'], quiet: boolean) => {
    const chance = quiet ? 1 : random();
    const isLost = chance < rates.lostEvent;
    const isEarly = !isLost && chance < rates.lostEvent + rates.earlyEvent && watch.waiting() > 1;
    if (isLost) counts.lostEvents += 1;
    if (isEarly) counts.earlyEvents += 1;
    watch.deliver(isLost ? 'lost' : isEarly ? 'early' : 'none', Math.floor(random() * watch.waiting()));
  };
  const turn = async (act: () => void) => {
    steps += 1;
    now += 20;
    act();
    await new Promise((resolve) => setImmediate(resolve));
    if (broken !== undefined) throw broken;
  };

  store.put('namespaces', { metadata: { name: 'default' } });
  store.put('eips', teamPool);
  exchange();
  for (let n = 0; n < count; n++) deciders.push(boot());

  return {
    counts,
    /** The user does as much, while nobody else does anything. */
    act: (times: number) => {
      for (let n = 0; n < times; n++) user();
    },
    step: () => {
      const chance = random();
      if (chance < 0.1) return turn(user);
      if (chance < 0.1 + rates.death) return turn(() => kill(pick(deciders)));
      if (random() < rates.late) {
        const watch = pick(deciders).watches[pick(watchedKinds)];
        watch.isLate = !watch.isLate;
      }
      const all = choices(false);
      return turn(all.length === 0 ? user : pick(all));
    },
    /** Until nothing is left to do; then every Service has what it should, and every address its group. */
    end: async () => {
      for (let step = 0; ; step++) {
        const all = choices(true);
        if (all.length === 0) break;
        assert.ok(step < 20_000, `no end: ${text()}`);
        await turn(pick(all));
      }
      const given = new Set<string>();
      for (const service of store.all('services')) {
        const { metadata, spec } = service as any;
        const has = ingressOf(service);
        const name = `${metadata.name} in the end: ${text()}`;
        for (const each of has) given.add(each);
        if (metadata.namespace !== 'default')
          assert.match(has[0] ?? '', /^198\.51\.100\./, `of the wrong pool: ${name}`);
        if (metadata.annotations?.[optInName] === undefined) assert.deepEqual(has, [], `it is not ours: ${name}`);
        else if (spec.loadBalancerIP === undefined) assert.equal(has.length, 1, name);
      }
      const placed = store.all('vipgroups').flatMap(({ spec }) => spec.addresses as string[]);
      assert.deepEqual(placed.sort(), [...given].sort(), `what groups have, beside what Services have: ${text()}`);
    },
  };
}

function ingressOf({ status }: StoredObject): readonly string[] {
  return (status?.loadBalancer?.ingress ?? []).map(({ ip }: { ip: string }) => ip);
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
