import assert from 'node:assert/strict';
import {
  type Ended,
  isDeleted,
  isThere,
  type KeptGroups,
  newKeptGroups,
} from '../../../../src/agent/sources/kept-groups.js';
import { vipGroups } from '../../../../src/agent/sources/kubernetes-groups.js';
import { type KeptWatch, watchKept } from '../../../../src/agent/sources/watch-kept.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import type { ApiClient } from '../../../../src/platform/kubernetes/client.js';
import { createManualClock, type ManualClock } from '../../platform/kubernetes/manual-clock.js';

describe('an agent that keeps groups which somebody deleted', () => {
  let clock: ManualClock;
  let state: KeptGroups;
  let store: Map<string, unknown>;
  let asked: string[];
  let ended: string[];
  let watch: KeptWatch;

  const group = (node: string, address = '192.0.2.1') =>
    ({
      metadata: { name: 'x' },
      spec: { eip: 'pool', protocol: 'vip', addresses: [address], members: [{ node, priority: 254 }] },
    }) as VipGroup;
  const renew = (resourceVersion: string) =>
    store.set('openelb-system/openelb-controller', { metadata: { resourceVersion }, spec: { holderIdentity: 'one' } });
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 1_000) {
      clock.advance(1_000);
      for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  };

  beforeEach(() => {
    clock = createManualClock();
    state = newKeptGroups();
    [store, asked, ended] = [new Map(), [], []];
    const get = async (_: unknown, key: string) => {
      asked.push(key);
      const found = store.get(key);
      if (found instanceof Error) throw found;
      return found;
    };
    const request = ({ path }: { readonly path: string }) => get(undefined, path.split('/').at(-1)!);
    watch = watchKept({
      ...{
        client: { get, request } as unknown as ApiClient,
        node: 'a',
        namespace: 'openelb-system',
        resource: vipGroups,
      },
      ...{ clock, state, onEnded: (all: readonly Ended[]) => ended.push(...all.map(({ name }) => name)) },
    });
    isThere(state, 'x', group('a'), 0);
    isDeleted(state, 'x', 0);
    watch.look();
  });
  afterEach(() => watch.stop());

  it('asks nothing where they are made anew at once', async () => {
    isThere(state, 'x', group('a'), 10);
    await pass(20_000);
    assert.deepEqual(asked, []);
    assert.deepEqual(clock.pending(), []);
  });

  it('lets go of them ten seconds after it saw that a controller lives', async () => {
    renew('5');
    await pass(30_000);
    assert.deepEqual(ended, []);
    renew('6');
    await pass(10_000);
    assert.deepEqual(ended, []);
    await pass(4_000);
    assert.deepEqual(ended, ['x']);
    assert.deepEqual(clock.pending(), [], 'and looks no more');
  });

  it('asks for twenty at a time, for each in turn', async () => {
    for (let at = 0; at < 50; at += 1) {
      isThere(state, `x${at}`, group('a', `192.0.2.${at + 10}`), 0);
      isDeleted(state, `x${at}`, 0);
    }
    await pass(3_000);
    const groups = () => asked.filter((key) => key.startsWith('x'));
    assert.equal(groups().length, 20);
    await pass(6_000);
    assert.equal(new Set(groups()).size, 51);
  });

  it('keeps them where the Lease cannot be read', async () => {
    store.set('openelb-system/openelb-controller', new Error('forbidden'));
    await pass(60_000);
    assert.deepEqual(ended, []);
  });

  it('lets go of one that was made anew for other nodes', async () => {
    store.set('x', group('b'));
    await pass(2_000);
    assert.deepEqual(ended, ['x']);
    assert.equal(state.groups.size, 0);
  });
});
