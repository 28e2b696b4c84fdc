import assert from 'node:assert/strict';
import { contentOf, digestOf } from '../../../../src/controller/metallb/content.js';
import { existingOf, planOf } from '../../../../src/controller/metallb/plan.js';
import type { Wanted } from '../../../../src/controller/metallb/wanted.js';
import { eips } from '../../../../src/controller/objects/resources.js';

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

  it('reads objects of any shape', () => {
    for (const object of [undefined, null, 1, {}, { metadata: 1 }, { metadata: { name: 5 } }])
      assert.equal(existingOf(eips, object), undefined);
    assert.equal(existingOf(eips, { metadata: { name: 'a', labels: 7, annotations: [] }, spec: 'x' })?.isMade, false);
  });
});
