import assert from 'node:assert/strict';
import { watchOwnGroups } from '../../../../src/agent/sources/own-groups.js';
import { groupLabels, memberSelector, unlabelledSelector } from '../../../../src/api/group-labels.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import type { ApiClient } from '../../../../src/platform/kubernetes/client.js';
import { newReach } from '../../../../src/platform/kubernetes/reach.js';
import { silentLogger } from '../../../../src/platform/observability/log.js';
import { createManualClock } from '../../platform/kubernetes/manual-clock.js';

/** A server whose two watches bring what the test sends, in the order in which it sends it. */
describe('the groups of a node', () => {
  let clock: ReturnType<typeof createManualClock>;
  let send: Record<string, (type: string, group: VipGroup) => void>;
  let store: Map<string, VipGroup>;
  let unreachable: boolean;
  let asked: string[];
  let changes: string[];
  let groups: ReturnType<typeof watchOwnGroups>;
  const [labelled, unlabelled] = [memberSelector('a'), unlabelledSelector];

  const settle = async () => {
    for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  const group = (name: string, version: number, members: string[], labels?: Record<string, string>, uid = name) =>
    ({
      metadata: { name, uid, resourceVersion: String(version), ...(labels === undefined ? {} : { labels }) },
      spec: { protocol: 'vip', addresses: [], members: members.map((node, at) => ({ node, priority: 254 - at })) },
    }) as VipGroup;

  beforeEach(async () => {
    clock = createManualClock();
    send = {};
    store = new Map();
    unreachable = false;
    asked = [];
    changes = [];
    const list = async () => ({ metadata: { resourceVersion: '1' }, items: [] });
    const client = {
      list,
      request: list,
      reach: newReach(),
      get: async (_resource: unknown, name: string) => {
        asked.push(name);
        if (unreachable) throw new Error('no answer');
        return store.get(name);
      },
      watch: (
        _path: string,
        query: { labelSelector: string },
        onLine: (line: string) => void,
        o: { onOpen: () => void; signal: AbortSignal },
      ) => {
        o.onOpen();
        send[query.labelSelector] = (type, object) => onLine(JSON.stringify({ type, object }));
        return new Promise<void>((resolve) => o.signal.addEventListener('abort', () => resolve()));
      },
    } as unknown as ApiClient;
    groups = watchOwnGroups({
      client,
      resource: { group: 'g', version: 'v', plural: 'vipgroups', kind: 'VipGroup', namespaced: false },
      node: 'a',
      admit: (each) => ({ object: each as VipGroup }),
      onProblem: () => {},
      onChange: (name, each) =>
        changes.push(`${name} ${typeof each === 'string' ? each : each.metadata.resourceVersion}`),
      log: silentLogger(),
      clock,
    });
    await groups.synced;
    await settle();
  });
  afterEach(() => groups.stop());

  it('are those labelled with it, and those without labels', async () => {
    send[labelled]!('ADDED', group('x', 2, ['a'], groupLabels('x', [{ node: 'a' }])));
    send[unlabelled]!('ADDED', group('y', 3, ['a', 'b']));
    await settle();
    assert.deepEqual(changes, ['x 2', 'y 3']);
    assert.equal(groups.get('y')?.metadata.resourceVersion, '3');
  });

  it('go on without a gap when labels are put on, whichever watch says so first', async () => {
    const now = group('y', 4, ['a'], groupLabels('y', [{ node: 'a' }]));
    send[unlabelled]!('ADDED', group('y', 3, ['a']));
    store.set('y', now);
    send[unlabelled]!('DELETED', now);
    await settle();
    send[labelled]!('ADDED', now);
    await settle();
    assert.deepEqual(changes, ['y 3', 'y 4']);
    send[unlabelled]!('ADDED', group('z', 5, ['a']));
    const labels = group('z', 6, ['a'], groupLabels('z', [{ node: 'a' }]));
    send[labelled]!('ADDED', labels);
    send[unlabelled]!('DELETED', labels);
    await settle();
    assert.deepEqual(changes, ['y 3', 'y 4', 'z 5', 'z 6']);
    assert.deepEqual(asked, ['y'], 'what the other watch has is not asked for');
  });

  it('are gone when they are deleted', async () => {
    const own = group('x', 2, ['a'], groupLabels('x', [{ node: 'a' }]));
    send[labelled]!('ADDED', own);
    send[labelled]!('DELETED', { ...own, metadata: { ...own.metadata, resourceVersion: '3' } });
    await settle();
    assert.deepEqual(changes, ['x 2', 'x deleted']);
    assert.equal(groups.get('x'), undefined);
  });

  it('are gone when the node is a member no more', async () => {
    send[labelled]!('ADDED', group('x', 2, ['a'], groupLabels('x', [{ node: 'a' }])));
    const without = group('x', 3, ['b'], groupLabels('x', [{ node: 'b' }]));
    store.set('x', without);
    send[labelled]!('DELETED', without);
    await settle();
    assert.deepEqual(changes, ['x 2', 'x left']);
  });

  it('stay while nobody says whether they are gone, and are asked for each second', async () => {
    const own = group('x', 2, ['a'], groupLabels('x', [{ node: 'a' }]));
    send[labelled]!('ADDED', own);
    unreachable = true;
    send[labelled]!('DELETED', { ...own, metadata: { ...own.metadata, resourceVersion: '3' } });
    await settle();
    assert.deepEqual(changes, ['x 2']);
    unreachable = false;
    clock.advance(1_000);
    await settle();
    assert.deepEqual(changes, ['x 2', 'x deleted']);
    assert.equal(asked.length, 2);
  });

  it('stay when somebody took the label of a member away, until it is gone indeed', async () => {
    send[labelled]!('ADDED', group('x', 2, ['a'], groupLabels('x', [{ node: 'a' }])));
    const stripped = group('x', 3, ['a'], groupLabels('x', []));
    store.set('x', stripped);
    send[labelled]!('DELETED', stripped);
    await settle();
    assert.deepEqual(changes, ['x 2', 'x 3']);
    store.delete('x');
    clock.advance(1_000);
    await settle();
    assert.deepEqual(changes, ['x 2', 'x 3', 'x deleted']);
  });

  it('are new ones when they were made anew under the same name', async () => {
    send[unlabelled]!('ADDED', group('x', 2, ['a']));
    send[labelled]!('ADDED', group('x', 9, ['a'], groupLabels('x', [{ node: 'a' }]), 'another'));
    await settle();
    assert.deepEqual(changes, ['x 2', 'x deleted', 'x 9']);
  });
});
