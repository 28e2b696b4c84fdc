import assert from 'node:assert/strict';
import { hasMemberLabels, labelledMark, memberLabel, memberLabels } from '../../../src/api/member-labels.js';

describe('the labels of the members of a group', () => {
  const members = [{ node: 'n2' }, { node: 'n1' }];

  it('name each member, and say that they do', () => {
    assert.deepEqual(memberLabels(members), {
      [labelledMark]: 'labelled',
      'member.openelb.io/n1': '',
      'member.openelb.io/n2': '',
    });
    assert.deepEqual(memberLabels([]), { [labelledMark]: 'labelled' });
  });

  it('are keys that Kubernetes takes, and differ for long names that begin alike', () => {
    const long = (end: string) => `${'a.very-long.name-'.repeat(12)}${end}`;
    const keys = ['a', 'b'].map((end) => memberLabel(long(end)));
    for (const key of keys) assert.match(key, /^member\.openelb\.io\/[a-z0-9]([-a-z0-9_.]{0,61}[a-z0-9])?$/);
    assert.notEqual(keys[0], keys[1]);
    assert.equal(memberLabel('x'.repeat(63)), `member.openelb.io/${'x'.repeat(63)}`);
  });

  it('are looked at without those of others', () => {
    assert.ok(hasMemberLabels({ ...memberLabels(members), team: 'net' }, members));
    assert.ok(!hasMemberLabels({ ...memberLabels(members), 'member.openelb.io/n3': '' }, members));
    assert.ok(!hasMemberLabels(memberLabels([members[0]!]), members));
    assert.ok(!hasMemberLabels(undefined, members));
  });
});
