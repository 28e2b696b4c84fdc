import assert from 'node:assert/strict';
import {
  groupLabels,
  hasGroupLabels,
  labelledMark,
  memberLabel,
  partLabel,
  partSelectors,
} from '../../../src/api/group-labels.js';

describe('the labels of a group', () => {
  const members = [{ node: 'n2' }, { node: 'n1' }];
  const partOf = (name: string) => groupLabels(name, [])[partLabel]!;

  it('name each member, and say that they do', () => {
    assert.deepEqual(groupLabels('a', members), {
      [labelledMark]: 'labelled',
      [partLabel]: partOf('a'),
      'member.openelb.io/n1': '',
      'member.openelb.io/n2': '',
    });
    assert.deepEqual(Object.keys(groupLabels('a', [])), [labelledMark, partLabel]);
  });

  it('are keys that Kubernetes takes, and differ for long names that begin alike', () => {
    const long = (end: string) => `${'a.very-long.name-'.repeat(12)}${end}`;
    const keys = ['a', 'b'].map((end) => memberLabel(long(end)));
    for (const key of keys) assert.match(key, /^member\.openelb\.io\/[a-z0-9]([-a-z0-9_.]{0,61}[a-z0-9])?$/);
    assert.notEqual(keys[0], keys[1]);
    assert.equal(memberLabel('x'.repeat(63)), `member.openelb.io/${'x'.repeat(63)}`);
  });

  it('tell its part by its name, so that parts are about as large as each other', () => {
    const names = Array.from({ length: 1000 }, (_, n) => `pool-${n % 20}-${Math.floor(n / 20)}`);
    const first = names.filter((name) => partOf(name) === '0').length;
    assert.ok(first > 400 && first < 600, `${first} of 1000`);
    assert.deepEqual(partSelectors, [`${partLabel}=1`, `${partLabel} notin (1)`]);
  });

  it('are looked at without those of others', () => {
    const own = groupLabels('a', members);
    assert.ok(hasGroupLabels({ ...own, team: 'net' }, 'a', members));
    assert.ok(!hasGroupLabels({ ...own, 'member.openelb.io/n3': '' }, 'a', members));
    assert.ok(!hasGroupLabels({ ...own, [partLabel]: '7' }, 'a', members));
    assert.ok(!hasGroupLabels(groupLabels('a', [members[0]!]), 'a', members));
    assert.ok(!hasGroupLabels(undefined, 'a', members));
  });
});
