import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { renderedRules } from '../../cluster/rbac/rules.js';

/**
 * A call that needs a right: by program and file, relative to src/, the line that makes the call, and what it needs. Which calls are
 * made, and that none lacks its right, is recorded where the programs run; this finds rights that nobody needs any more.
 */
type Need = readonly [program: string, verbs: string, resources: string, file: string, call: RegExp];

const needs: readonly Need[] = [
  ['agent', 'list watch', 'vipgroups', 'agent/sources/own-groups.ts', /startCache<VipGroup>\(/],
  ['agent', 'get', 'vipgroups', 'agent/sources/own-groups/ask.ts', /client\.get<VipGroup>\(/],
  ['agent', 'get', 'leases', 'agent/sources/watch-kept.ts', /client\.get<Lease>\(leases/],
  ['agent', 'list watch', 'bgpconfs', 'agent/sources/kubernetes-bgp.ts', /startCache<BgpConf>\(client, bgpConfs/],
  ['agent', 'list watch', 'bgppeers', 'agent/sources/kubernetes-bgp.ts', /startCache<BgpPeer>\(client, bgpPeers/],
  ['agent', 'list watch', 'nodes', 'agent/sources/kubernetes-bgp.ts', /startCache<HeldNode>\(w\.client, nodes/],
  ['agent', 'get', 'secrets', 'agent/sources/named-secrets.ts', /client\.get<unknown>\(secrets/],
  ['agent', 'get', 'daemonsets', 'agent/sources/daemon-set.ts', /method: 'GET', path: pathOf\(daemonSets/],
  [
    'agent',
    'patch',
    'vipgroups/status',
    'agent/status/status-writer.ts',
    /client\.apply<VipGroup \| undefined>\(vipGroups/,
  ],
  [
    'agent',
    'patch',
    'bgpconfs/status bgppeers/status',
    'agent/status/bgp-status-writer/write.ts',
    /client\.apply\(resource/,
  ],
  ['agent', 'get', 'leases', 'agent/status/asked.ts', /\.get<Lease>\(leases/],
  ['agent', 'create', 'leases', 'agent/status/heartbeat.ts', /client\.create\(leases/],
  ['agent', 'patch', 'leases', 'agent/status/heartbeat.ts', /method: 'PATCH'/],
  ['agent', 'create', 'events', 'platform/kubernetes/events.ts', /method: 'POST'/],
  ['agent', 'patch', 'events', 'platform/kubernetes/events.ts', /method: 'PATCH'/],
  [
    ...(['controller', 'list watch', 'services nodes namespaces endpoints endpointslices eips vipgroups'] as const),
    ...(['controller/cache/world/follow.ts', /startCache<T>\(client, resource/] as const),
  ],
  [
    'controller',
    'list watch',
    'bgpconfs bgppeers',
    'controller/cache/world/follow.ts',
    /startCache<T>\(client, resource/,
  ],
  ['controller', 'get', 'eips', 'controller/eips/reconcile.ts', /readAgain<Eip>\(c\.client, eips/],
  ['controller', 'get', 'vipgroups', 'controller/groups/write.ts', /readAgain<VipGroup>\(client, vipGroups/],
  ['controller', 'get', 'services', 'controller/services/write.ts', /readAgain\(c\.client, services/],
  ['controller', 'patch', 'services services/status', 'controller/services/write.ts', /mergePatch<Service>\(services/],
  ['controller', 'get', 'namespaces', 'controller/services/namespace-lookup.ts', /get<Namespace>\(namespaces/],
  ['controller', 'patch', 'eips', 'controller/eips/reconcile.ts', /mergePatch<Eip>\(eips/],
  ['controller', 'patch', 'eips/status', 'controller/eips/reconcile.ts', /jsonPatch<Eip>\(eips/],
  ['controller', 'patch', 'bgpconfs bgppeers', 'controller/bgp/adopt.ts', /mergePatch\(resource/],
  ['controller', 'patch', 'bgpconfs/status bgppeers/status', 'controller/bgp/reconcile.ts', /mergePatch\(resource/],
  ['controller', 'create', 'vipgroups', 'controller/groups/write.ts', /client\.create\(vipGroups/],
  ['controller', 'patch', 'vipgroups', 'controller/groups/write.ts', /client\.jsonPatch<VipGroup>\(vipGroups/],
  ['controller', 'delete', 'vipgroups', 'controller/groups/write.ts', /client\.remove\(vipGroups/],
  ['controller', 'patch', 'vipgroups/status', 'controller/groups/status/validity.ts', /client\.apply\(vipGroups/],
  ['controller', 'list watch', 'leases', 'controller/liveness/agents.ts', /startCache<Lease>\(client, leases/],
  ['controller', 'get', 'leases', 'platform/kubernetes/lease/requests.ts', /method: 'GET'/],
  [
    'controller',
    'create update',
    'leases',
    'platform/kubernetes/lease/requests.ts',
    /'PUT', path } : { method: 'POST'/,
  ],
  ['controller', 'patch', 'leases', 'controller/liveness/heard-lease.ts', /method: 'PATCH'/],
  ['controller', 'delete', 'leases', 'controller/groups/status/reconcile-aged.ts', /client\.remove\(leases/],
  ['controller', 'create', 'events', 'platform/kubernetes/events.ts', /method: 'POST'/],
  ['controller', 'patch', 'events', 'platform/kubernetes/events.ts', /method: 'PATCH'/],
  ['controller', 'get', 'secrets', 'controller/certificate/stored.ts', /client\.get<Secret>\(secrets/],
  ['controller', 'create', 'secrets', 'controller/certificate/stored.ts', /client\.create\(secrets/],
  ['controller', 'update', 'secrets', 'controller/certificate/stored.ts', /client\.replace\(secrets/],
  [
    ...(['controller', 'get', 'validatingwebhookconfigurations'] as const),
    ...(['controller/webhook/certificate-keeper.ts', /client\.get<WebhookConfiguration>\(/] as const),
  ],
  [
    ...(['controller', 'patch', 'validatingwebhookconfigurations'] as const),
    ...(['controller/webhook/configuration.ts', /jsonPatch\(webhookConfigurations/] as const),
  ],
  ['controller', 'get', 'pods', 'controller/webhook/agent-node.ts', /pathOf\(pods, /],
];

/** What it takes besides to go by MetalLB's objects. */
const needsWithMetallb: readonly Need[] = [
  [
    ...(['controller', 'list watch'] as const),
    'ipaddresspools l2advertisements bgpadvertisements bgppeers bfdprofiles communities addresspools configmaps',
    ...(['controller/metallb/watch.ts', /startCache<Kept>\(client, resource/] as const),
  ],
  [
    'controller',
    'create',
    'eips bgpconfs bgppeers',
    'controller/metallb/write.ts',
    /client\.create<KubernetesObject>\(/,
  ],
  ['controller', 'delete', 'eips bgpconfs bgppeers', 'controller/metallb/write.ts', /client\.remove\(resource/],
];

for (const [file, all] of [
  ['openelb-vip.yaml', needs],
  ['metallb/rbac.yaml', needsWithMetallb],
] as const)
  describe(`the rights in deploy/${file}`, () => {
    it('are those that the programs need, and no others', () => {
      const given = renderedRules(file).flatMap(({ program, rule: { apiGroups = [], resources = [], verbs } }) =>
        // To run as what OpenShift calls privileged or not is no call.
        apiGroups.includes('security.openshift.io')
          ? []
          : resources.flatMap((resource) => verbs.map((verb) => `${program} ${verb} ${resource}`)),
      );
      const needed = all.flatMap(([program, verbs, resources]) =>
        resources.split(' ').flatMap((resource) => verbs.split(' ').map((verb) => `${program} ${verb} ${resource}`)),
      );
      assert.deepEqual([...new Set(given)].sort(), [...new Set(needed)].sort());
    });

    for (const [program, verbs, resources, file, call] of all)
      it(`let the ${program} ${verbs} ${resources}, as ${file} does`, () => {
        assert.match(readFileSync(join(projectRoot(), 'src', file), 'utf8'), call);
      });
  });
