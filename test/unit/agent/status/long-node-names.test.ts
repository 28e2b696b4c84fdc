import assert from 'node:assert/strict';
import { agentFieldManager } from '../../../../src/agent/status/field-manager.js';
import { agentLeaseName } from '../../../../src/api/agent-lease.js';

/** DNS-1123 subdomain, as the API server checks names of objects. */
const objectName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** A node's name may have 253 characters. */
const names = [100, 113, 114, 115, 180, 239, 240, 241, 242, 243, 244, 245, 246, 247, 248, 252, 253].flatMap((length) =>
  ['a.', 'a-', 'a'].map((step) => `${step.repeat(127).slice(0, length - 1)}n`),
);

describe('the agent of a node with a long name', () => {
  it('writes as a manager that the API server takes, for each of its parts another', () => {
    for (const node of names) {
      const managers = [agentFieldManager(node), agentFieldManager(node, 'bgp'), agentFieldManager(`${node}m`)];
      assert.ok(managers.every((each) => each.length <= 128));
      assert.equal(new Set(managers).size, 3, node);
    }
    assert.equal(agentFieldManager('n1'), 'openelb-agent-n1');
    assert.equal(agentFieldManager('n1', 'bgp'), 'openelb-agent-bgp-n1');
  });

  it('has a Lease by a name that the API server takes', () => {
    for (const node of names) {
      const name = agentLeaseName(node);
      assert.ok(name.length <= 253);
      assert.match(name, objectName);
      assert.ok(name.startsWith(`agent.${node.slice(0, 200)}`), 'as the admission policy has it');
    }
  });
});
