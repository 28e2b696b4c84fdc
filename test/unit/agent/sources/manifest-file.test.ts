import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { parseManifest, parseManifestInTurns } from '../../../../src/agent/sources/manifest-file.js';

const manifest = (name: string, extra = '') => `
apiVersion: network.kubesphere.io/v1alpha2
kind: VipGroup
metadata: { name: ${name} }
spec:
  protocol: vip
  interface: eth0
  addresses: [192.0.2.1]
  vrrp: { virtualRouterId: 1 }
  members: [{ node: a, priority: 254 }]
${extra}`;

describe('a manifest file', () => {
  const names = (text: string) => {
    const result = parseManifest(text);
    assert.ok(result.ok, JSON.stringify(result));
    return result.groups.map((group) => group.metadata.name);
  };
  const problems = (text: string) => {
    const result = parseManifest(text);
    assert.ok(!result.ok, 'it was taken');
    return result.problems;
  };

  it('may hold several documents, JSON, or a List, without items when its groups are to end', () => {
    assert.deepEqual(names(`${manifest('a')}\n---\n${manifest('b')}`), ['a', 'b']);
    const group = parse(manifest('a'));
    assert.deepEqual(names(JSON.stringify(group)), ['a']);
    assert.deepEqual(names(JSON.stringify({ kind: 'List', items: [group] })), ['a']);
    assert.deepEqual(names('kind: List\nitems: []'), []);
    assert.deepEqual(names(`# of the edge\n---\n${manifest('a')}`), ['a']);
  });

  it('is refused whole when one document is wrong, with the document, the path and the reason', () => {
    const found = problems(`${manifest('a')}\n---\n${manifest('b').replace('priority: 254', 'priority: 300')}`);
    assert.equal(found.length, 1);
    assert.match(found[0]!, /^document 2, spec\.members\[0\]\.priority: .*300.*255/);
  });

  it('is refused when it is not YAML, with the line', () => {
    assert.match(problems('a: [1, 2\nb: }')[0]!, /line \d/);
  });

  it('is refused when it holds another kind', () => {
    assert.match(problems(manifest('a').replace('VipGroup', 'Eip')).join(), /kind: is "Eip": it must be VipGroup/);
  });

  it('is refused when it has a field that is not known', () => {
    assert.match(problems(manifest('a', '  adresses: []')).join(), /spec\.adresses/);
  });

  it('is refused when two groups have one name', () => {
    assert.match(problems(`${manifest('a')}\n---\n${manifest('a')}`).join(), /"a" is there twice/);
  });

  for (const [what, text] of [
    ['nothing', ''],
    ['blanks', ' \n\n'],
    ['a comment', '# to be written\n'],
    ['a document without content', '---\n'],
    ['null', 'null'],
  ] as const) {
    it(`is refused when it holds ${what}: that is what a full disk leaves`, () => {
      const remedy = 'write what it is to hold again; take the file away when that is to end';
      assert.deepEqual(problems(text), [`is empty: ${remedy}`]);
    });
  }

  it('is refused when one of its documents is empty', () => {
    assert.deepEqual(problems(`${manifest('a')}\n---\n`), ['document 2 is empty: leave out its ---']);
  });

  it('is refused when its items are cut off', () => {
    assert.ok(problems('kind: List\nitems:\n').length > 0);
  });

  it('is refused when it is a bare text', () => {
    assert.ok(problems('hello').length > 0);
  });

  const addresses = (count: number) =>
    Array.from({ length: count }, (_, at) => `\n  - 10.0.${at >> 8}.${at & 255}`).join('');

  it('with a list that none of ours may be as long as is refused by that, before the rest of it is read', () => {
    const excess = 'has a list with more than 10000 entries, which is more than any of ours may have';
    for (const list of [addresses(10_001), ` [${'0,'.repeat(10_001)}0]`])
      assert.deepEqual(problems(manifest('a').replace(' [192.0.2.1]', `${list}\n  vrrp: "not ended`)), [excess]);
    assert.match(problems(manifest('a').replace(' [192.0.2.1]', addresses(9_999)))[0]!, /9999 entries: at most 4000/);
  });

  it('that is long is read in turns, to the same end, so that nothing else waits for it', async () => {
    const group = manifest('a').replace('protocol: vip', 'protocol: bgp').replace(' [192.0.2.1]', addresses(2_000));
    const text = Array.from({ length: 8 }, (_, at) => group.replace('name: a', `name: group-${at}`)).join('\n---');
    let turns = 0;
    const counting = setInterval(() => void turns++, 0);
    const result = await parseManifestInTurns(text);
    clearInterval(counting);
    assert.ok(turns >= 3, `${turns} turns`);
    assert.deepEqual(result, parseManifest(text));
  });
});
