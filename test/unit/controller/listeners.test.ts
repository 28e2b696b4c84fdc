import assert from 'node:assert/strict';
import type { VipGroup } from '../../../src/api/vip-group.js';
import { type Listeners, leftBy, watchChanges } from '../../../src/controller/listeners.js';
import { eips, vipGroups } from '../../../src/controller/objects/resources.js';

function group(virtualRouterId: number | undefined, ...addresses: string[]): VipGroup {
  return {
    metadata: { name: 'a-0' },
    spec: {
      eip: 'a',
      protocol: 'vip',
      addresses,
      members: [],
      ...(virtualRouterId === undefined ? {} : { vrrp: { virtualRouterId } }),
    },
  };
}

describe('what a group leaves to others', () => {
  const previous = group(7, '192.0.2.1', '192.0.2.2');

  it('is nothing while it has what it had, or more', () => {
    assert.equal(leftBy({ previous, object: previous }), 'nothing');
    assert.equal(leftBy({ previous, object: group(7, '192.0.2.3', '192.0.2.2', '192.0.2.1') }), 'nothing');
    assert.equal(leftBy({ previous: undefined, object: previous }), 'nothing');
  });

  it('is an address that it has no more', () => {
    assert.equal(leftBy({ previous, object: group(7, '192.0.2.1') }), 'addresses');
    assert.equal(leftBy({ previous: group(undefined, '192.0.2.1'), object: undefined }), 'addresses');
  });

  it('is its virtual router ID when it has another, none, or is gone', () => {
    for (const object of [group(8, '192.0.2.1', '192.0.2.2'), group(undefined, '192.0.2.1', '192.0.2.2'), undefined])
      assert.equal(leftBy({ previous, object }), 'id');
  });
});

describe('a change', () => {
  /** What happened, in its order. */
  const happens = (
    run: (changes: ReturnType<typeof watchChanges>) => void,
    local = false,
    isMetallb?: (service: string) => boolean,
  ): readonly string[] => {
    const said: string[] = [];
    const hears = (name: string) =>
      new Proxy({}, { get: (_, method) => (arg: unknown) => said.push(`${name}.${String(method)}${textOf(arg)}`) });
    const listeners = new Proxy(
      {
        tellConditions: () => said.push('tellConditions'),
        isLocal: () => local,
        isMetallb: isMetallb ?? (() => false),
      },
      { get: (own, name) => Reflect.get(own, name) ?? hears(String(name)) },
    );
    run(
      watchChanges(
        () => listeners as unknown as Listeners,
        (change) => said.push(`then ${change.of}`),
      ),
    );
    return said;
  };
  const textOf = (arg: unknown) => (typeof arg === 'string' ? ` ${arg}` : '');

  it('of a group is known to all who listen before the tasks that follow from it are begun', () => {
    const [object, previous] = [group(8), group(7)];
    assert.deepEqual(
      happens((changes) => changes.vipGroup('a-0', object, previous)),
      [
        'standings.seen a-0',
        'agents.look',
        'exclusions.group',
        'groups.freed',
        'tellConditions',
        'holderEvents.group',
        'then group',
      ],
    );
  });

  it('of a group lets others have an address that it has no more, and is of no use to them otherwise', () => {
    const freed = (object: VipGroup, previous: VipGroup) =>
      happens((changes) => changes.vipGroup('a-0', object, previous)).includes('groups.freed');
    assert.ok(freed(group(7, '192.0.2.1'), group(7, '192.0.2.1', '192.0.2.2')));
    assert.ok(!freed(group(7, '192.0.2.1', '192.0.2.2'), group(7, '192.0.2.1')));
  });

  it('of an Eip may change what is left out of pools, unless it is of its status', () => {
    const of = (what: 'definition' | 'notes' | 'status') => happens((changes) => changes.eip('a', what));
    assert.deepEqual(of('definition'), ['exclusions.pools', 'services.poolsSeen', 'then eip']);
    assert.deepEqual(of('notes'), ['exclusions.others', 'then eip']);
    assert.deepEqual(of('status'), ['then eip']);
  });

  it('of labels that have been read lets what Services say of their addresses count', () => {
    assert.deepEqual(
      happens((changes) => changes.serviceLabels()),
      ['services.poolsSeen', 'then service-labels'],
    );
  });

  it('of endpoints is told to those whose Service is Local', () => {
    const of = (local: boolean) => happens((changes) => changes.readyNodes('x/web'), local);
    assert.deepEqual(of(true), ['holderEvents.look x/web', 'then endpoints']);
    assert.deepEqual(of(false), ['then endpoints']);
  });

  it("of whether MetalLB runs changes whose its Services' addresses are", () => {
    const is = (service: string) => service === 'metallb-system/metallb-webhook-service';
    const of = (service: string) => happens((changes) => changes.readyNodes(service), false, is);
    assert.deepEqual(of('metallb-system/metallb-webhook-service'), [
      'exclusions.pools',
      'services.poolsSeen',
      'then metallb-runs',
      'then endpoints',
    ]);
    assert.deepEqual(of('x/web'), ['then endpoints']);
  });

  it('for the worse is counted for every kind, and shown on a VipGroup', () => {
    const of = (kind: typeof eips) => happens((changes) => changes.problem(kind, { name: 'a' }, 'wrong', true));
    assert.deepEqual(of(eips), ['faulty.note']);
    assert.deepEqual(of(vipGroups), ['faulty.note', 'then validity']);
  });
});
