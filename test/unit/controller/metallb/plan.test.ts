import assert from 'node:assert/strict';
import { contentOf, digestOf } from '../../../../src/controller/metallb/content.js';
import { existingOf, planOf } from '../../../../src/controller/metallb/plan.js';
import type { Wanted } from '../../../../src/controller/metallb/wanted.js';
import { bgpPeers, eips } from '../../../../src/controller/objects/resources.js';

const spec = { address: '192.0.2.0/28', protocol: 'layer2' };
const want = (o: Partial<Wanted> = {}): Wanted => ({
  resource: eips,
  name: 'lan',
  origin: 'IPAddressPool ns/lan',
  content: contentOf(eips, spec, false),
  differences: [],
  ...o,
});
const stored = (o: { spec?: object; written?: string | null; label?: string; more?: object } = {}) => {
  const content = contentOf(eips, o.spec ?? spec, false);
  const written = o.written === undefined ? digestOf(content) : o.written;
  const found = existingOf(eips, {
    metadata: {
      name: 'lan',
      labels: o.label === '' ? {} : { 'openelb.io/made-from': o.label ?? 'metallb' },
      annotations: {
        'openelb.io/origin': 'IPAddressPool ns/lan',
        ...(written === null ? {} : { 'openelb.io/written': written }),
      },
      ...o.more,
    },
    spec: o.spec ?? spec,
  });
  assert.ok(found);
  return found;
};
const unused = () => 0;
const toDo = (wanted: readonly Wanted[], existing: Parameters<typeof planOf>[1], usage = unused) =>
  planOf(wanted, existing, usage).actions.map((action) => action.do);

describe('the plan for objects that are made of others', () => {
  it('creates what is missing, and does nothing about what is as it should be', () => {
    assert.deepEqual(toDo([want()], []), ['create']);
    assert.deepEqual(toDo([want()], [stored()]), []);
  });

  it('does not count fields that this program does not know as edits', () => {
    const more = { ...spec, fieldOfALaterVersion: 1 };
    assert.deepEqual(toDo([want()], [stored({ spec: more, written: digestOf(contentOf(eips, spec, false)) })]), []);
  });

  it('writes what its origin changed', () => {
    const content = contentOf(eips, { ...spec, address: '192.0.2.0/27' }, false);
    assert.deepEqual(toDo([want({ content })], [stored()]), ['write']);
  });

  it('leaves alone what somebody edited, whatever its origin says, until its mark is taken off', () => {
    const edited = { ...spec, disable: true };
    const written = digestOf(contentOf(eips, spec, false));
    const { actions, following } = planOf([want()], [stored({ spec: edited, written })], unused);
    assert.deepEqual(actions, []);
    assert.equal(following.get('eips/lan')?.reason, 'EditedByHand');
    assert.deepEqual(toDo([want()], [stored({ spec: edited, written: null })]), ['write']);
    assert.equal(
      planOf([], [stored({ spec: edited, written })], unused).following.get('eips/lan')?.reason,
      'OriginGone',
    );
    assert.deepEqual(toDo([], [stored({ spec: edited, written })]), []);
  });

  it('leaves alone what it did not make, and says so of the origin', () => {
    for (const label of ['', 'somebody']) {
      const { actions, following, findings } = planOf([want()], [stored({ label })], unused);
      assert.deepEqual([actions, following.size], [[], 0]);
      assert.match(findings[0]?.message ?? '', /Eip lan is there already/);
      assert.deepEqual(toDo([], [stored({ label })]), []);
    }
  });

  it('removes what has lost its origin, but only when nothing of it is in use', () => {
    assert.deepEqual(toDo([], [stored()]), ['remove']);
    const { actions } = planOf([], [stored()], () => 2);
    const [action] = actions;
    assert.ok(
      action?.do === 'write' && action.content.spec.disable === true && action.content.spec.address === spec.address,
    );
    assert.deepEqual(
      toDo([], [stored({ spec: { ...spec, disable: true } })], () => 2),
      [],
      'written once',
    );
  });

  it('does what goes first, so that there is room for what comes', () => {
    assert.deepEqual(toDo([want({ name: 'new' })], [stored()]), ['remove', 'create']);
  });

  it('neither creates nor changes what cannot be', () => {
    assert.deepEqual(toDo([want({ problem: 'x' })], []), []);
    const { actions, following } = planOf([want({ problem: 'x' })], [stored()], unused);
    assert.deepEqual(actions, []);
    assert.match(following.get('eips/lan')?.message ?? '', /x: what it said before goes on/);
  });

  describe('where something cannot be read', () => {
    const blind = (what: string, absent?: true) => [{ what, why: `${what} WHY`, ...(absent && { absent }) }];
    const plan = (unread: ReturnType<typeof blind>, wanted: readonly Wanted[], existing = [stored()]) => {
      const { actions, following, findings } = planOf(wanted, existing, unused, unread);
      return { todo: actions.map((each) => each.do), following, findings };
    };
    const changed = want({ content: contentOf(eips, { ...spec, address: '192.0.2.0/27' }, false) });

    it('leaves an Eip as it is that depends on it, and says why', () => {
      for (const what of ['IPAddressPool', 'IPAddressPool ns/lan', 'L2Advertisement', 'BGPAdvertisement']) {
        for (const wanted of [[changed], []]) {
          const { todo, following } = plan(blind(what), wanted);
          assert.deepEqual(todo, [], what);
          assert.equal(following.get('eips/lan')?.reason, 'OriginUnread');
          assert.match(following.get('eips/lan')?.message ?? '', /left as it is: .* WHY/);
        }
      }
      assert.deepEqual(plan(blind('IPAddressPool', true), []).todo, [], 'the server may have just been started');
      assert.deepEqual(plan(blind('L2Advertisement', true), [changed]).todo, []);
    });

    it('makes none that depends on it, and says so of the origin', () => {
      const { todo, findings } = plan(blind('L2Advertisement'), [changed], []);
      assert.deepEqual(todo, []);
      assert.match(findings[0]?.message ?? '', /Eip lan is not made yet: L2Advertisement WHY/);
    });

    it('goes on with Eips that do not depend on it', () => {
      for (const what of ['BGPPeer', 'AddressPool', 'ConfigMap', 'ConfigMap ns/config', 'IPAddressPool ns/la'])
        assert.deepEqual(
          [plan(blind(what), [changed]).todo, plan(blind(what), []).todo],
          [['write'], ['remove']],
          what,
        );
    });

    it('leaves alone what another origin of the name is not known of', () => {
      const origin = 'ConfigMap ns/config, address pool lan';
      const own = [{ ...stored(), origin }];
      assert.deepEqual(plan(blind('ConfigMap ns/config'), [changed], own).todo, []);
      assert.deepEqual(plan([], [changed], own).todo, ['write']);
      assert.deepEqual(plan(blind('ConfigMap'), [], own).todo, []);
    });

    it('gives one its mark back of which somebody took it off, unless its origin may be among that', () => {
      const own = [{ ...stored(), origin: undefined }];
      assert.deepEqual(plan(blind('AddressPool', true), [want()], own).todo, ['write']);
      assert.deepEqual(plan(blind('AddressPool'), [want()], own).todo, []);
    });

    it('tells routers of nothing else, whatever it is', () => {
      const peer = { ...stored(), resource: bgpPeers, origin: 'BGPPeer ns/lan' };
      for (const what of ['BGPPeer', 'BFDProfile', 'IPAddressPool', 'AddressPool', 'ConfigMap ns/config'])
        assert.deepEqual(plan(blind(what), [], [peer]).todo, [], what);
      for (const what of ['BFDProfile', 'AddressPool'])
        assert.deepEqual(plan(blind(what, true), [], [peer]).todo, ['remove'], `${what} that nobody needs`);
      const eip = { ...stored(), name: 'other', origin: 'AddressPool ns/other' };
      assert.deepEqual(plan(blind('AddressPool', true), [], [eip, peer]).todo, [], 'an Eip is made from one');
    });
  });

  it('reads objects of any shape', () => {
    for (const object of [undefined, null, 1, {}, { metadata: 1 }, { metadata: { name: 5 } }])
      assert.equal(existingOf(eips, object), undefined);
    assert.equal(existingOf(eips, { metadata: { name: 'a', labels: 7, annotations: [] }, spec: 'x' })?.isMade, false);
  });
});
