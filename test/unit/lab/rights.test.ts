import assert from 'node:assert/strict';
import { callOfAudit, callOfRequest, callText } from '../../cluster/rbac/calls.js';
import { renderedRights, rightsIn } from '../../cluster/rbac/rules.js';

const url = (path: string) => new URL(path, 'http://server');

describe('the comparison of calls with RBAC', () => {
  const objects = [
    {
      kind: 'Role',
      metadata: { name: 'r', namespace: 'here' },
      rules: [
        { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'list'] },
        { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: ['a'], verbs: ['get', 'watch'] },
      ],
    },
    {
      kind: 'RoleBinding',
      metadata: { name: 'r', namespace: 'here' },
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [{ name: 'openelb-agent' }],
    },
  ];
  const may = (method: string, path: string, userAgent = 'openelb-vip/agent') =>
    rightsIn(objects)(callOfRequest(method, url(path), userAgent)!);
  const leases = (namespace: string) => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;

  it('allows what a rule says, where its binding is, to whom it is bound', () => {
    assert.equal(may('POST', leases('here')), true);
    assert.equal(may('POST', leases('elsewhere')), false);
    assert.equal(may('POST', leases('here'), 'openelb-vip/controller'), false);
    assert.equal(may('DELETE', `${leases('here')}/a`), false);
    assert.equal(may('PATCH', `${leases('here')}/a/status`), false);
  });

  it('goes by names where a rule has some, also in a list or watch of one object', () => {
    assert.equal(may('GET', `${leases('here')}/a`), true);
    assert.equal(may('GET', `${leases('here')}/b`), false);
    assert.equal(may('GET', leases('here')), true);
    assert.equal(may('GET', `${leases('here')}?watch=true`), false);
    assert.equal(may('GET', `${leases('here')}?watch=true&fieldSelector=metadata.name%3Da`), true);
  });

  it('reads the audit log of a real server as it reads requests', () => {
    const line = JSON.stringify({
      verb: 'patch',
      userAgent: 'openelb-vip/controller',
      objectRef: { resource: 'services', namespace: 'n', name: 'a', subresource: 'status', apiVersion: 'v1' },
    });
    const call = callOfRequest('PATCH', url('/api/v1/namespaces/n/services/a/status'), 'openelb-vip/controller');
    assert.deepEqual(callOfAudit(line), call);
    assert.equal(callText(call!), 'controller: patch services/status a in n');
  });

  it('leaves others alone, and what is no resource', () => {
    assert.equal(callOfRequest('GET', url('/api/v1/secrets'), 'kubectl/v1.30'), undefined);
    assert.equal(callOfRequest('GET', url('/version'), 'openelb-vip/agent'), undefined);
    assert.equal(callOfAudit('{"userAgent":"openelb-vip/agent","verb":"get","requestURI":"/version"}'), undefined);
  });

  it('knows the rights of the manifest that users apply', () => {
    const mayDo = renderedRights();
    const call = (program: string, method: string, path: string) =>
      mayDo(callOfRequest(method, url(path), `openelb-vip/${program}`)!);
    assert.equal(call('controller', 'GET', `${leases('openelb-system')}?watch=true`), true);
    assert.equal(call('controller', 'PUT', `${leases('openelb-system')}/openelb-placements`), true);
    assert.equal(call('controller', 'GET', '/api/v1/secrets'), false);
    assert.equal(call('agent', 'PATCH', '/apis/network.kubesphere.io/v1alpha2/vipgroups/a/status'), true);
    assert.equal(call('agent', 'PATCH', '/apis/network.kubesphere.io/v1alpha2/vipgroups/a'), false);
  });
});
