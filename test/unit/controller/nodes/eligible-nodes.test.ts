import assert from 'node:assert/strict';
import type { Eip } from '../../../../src/api/eip.js';
import { eligibleNodes, whyNotEligible } from '../../../../src/controller/nodes/eligible-nodes.js';
import type { Node } from '../../../../src/controller/objects/builtin-objects.js';

const eip: Eip = { metadata: { name: 'lan' }, spec: { address: '192.0.2.0/24', protocol: 'vip', interface: 'eth0' } };

describe('a node may announce the addresses of an Eip', () => {
  const labelled = (name: string, labels: Record<string, string>): Node => ({ metadata: { name, labels } });
  const nodes = [
    labelled('edge', { role: 'edge', zone: '1' }),
    labelled('core', { role: 'core' }),
    labelled('out', { role: 'edge', 'node.kubernetes.io/exclude-from-external-load-balancers': '' }),
  ];
  it('unless it is excluded from load balancers', () => assert.deepEqual(eligibleNodes(eip, nodes), ['core', 'edge']));
  it('when it has all labels of the nodeSelector', () => {
    const choosy = { ...eip, spec: { ...eip.spec, nodeSelector: { role: 'edge', zone: '1' } } };
    assert.deepEqual(eligibleNodes(choosy, nodes), ['edge']);
  });
  it('when one of the nodeSelectors chooses it, with all labels of the nodeSelector', () => {
    const chosen = (spec: Partial<Eip['spec']>) => eligibleNodes({ ...eip, spec: { ...eip.spec, ...spec } }, nodes);
    const core = { matchLabels: { role: 'core' } };
    const zoned = { matchExpressions: [{ key: 'zone', operator: 'In', values: ['1', '2'] }] };
    assert.deepEqual(chosen({ nodeSelectors: [core] }), ['core']);
    assert.deepEqual(chosen({ nodeSelectors: [core, zoned] }), ['core', 'edge']);
    assert.deepEqual(chosen({ nodeSelectors: [core, zoned], nodeSelector: { role: 'edge' } }), ['edge']);
    assert.deepEqual(chosen({ nodeSelectors: [{ matchLabels: { role: 'none' } }] }), []);
    assert.deepEqual(chosen({ nodeSelectors: [] }), ['core', 'edge']);
    const node = nodes[1]!;
    const why = whyNotEligible({ ...eip, spec: { ...eip.spec, nodeSelectors: [zoned] } }, node);
    assert.equal(why, 'is chosen by none of spec.nodeSelectors');
  });
});
