/** BgpConfs, BgpPeers, groups and a node to plan with. */

import type { OwnNics } from '../../../../src/agent/bgp/own-nics.js';
import { noPassword } from '../../../../src/agent/bgp/passwords.js';
import { type PlanInput, planOf } from '../../../../src/agent/bgp/plan.js';
import type { NodeView } from '../../../../src/agent/sources/node-view.js';
import type { BgpConf } from '../../../../src/api/bgp-conf.js';
import type { BgpPeer } from '../../../../src/api/bgp-peer.js';
import { validateBgpConf, validateBgpPeer, validateVipGroup } from '../../../../src/api/validate.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { parseIp } from '../../../../src/core/ip/address.js';

const head = { apiVersion: 'network.kubesphere.io/v1alpha2' };

/** Throws when the checks that objects pass before they are planned with would refuse it. */
export function conf(spec: BgpConf['spec'] = { as: 50_000 }): BgpConf {
  return valid(validateBgpConf({ ...head, kind: 'BgpConf', metadata: { name: 'default' }, spec }, { strict: true }));
}

/** A router 192.0.2.1 of AS 50001, but for what `spec` says. */
export function peer(name: string, spec: BgpPeer['spec'] = {}, created?: string): BgpPeer {
  const object = {
    ...head,
    kind: 'BgpPeer',
    metadata: { name, ...(created && { creationTimestamp: created }) },
    spec: { ...spec, conf: { neighborAddress: '192.0.2.1', peerAs: 50_001, ...spec.conf } },
  };
  return valid(validateBgpPeer(object, { strict: true }));
}

export function group(name: string, spec: Partial<VipGroup['spec']> = {}): VipGroup {
  return valid(
    validateVipGroup(
      {
        ...head,
        kind: 'VipGroup',
        metadata: { name },
        spec: { protocol: 'bgp', eip: 'pool', addresses: [], members: [{ node: 'n1', priority: 100 }], ...spec },
      },
      { strict: true },
    ),
  );
}

export const node: NodeView = { name: 'n1', labels: {}, internalIps: ['192.0.2.11', '2001:db8::11'] };

export const nics: OwnNics = {
  names: ['eth0', 'eth1'],
  addresses: [
    { interface: 'lo', address: parseIp('127.0.0.1')!, alone: false },
    { interface: 'eth0', address: parseIp('192.0.2.7')!, alone: true },
    { interface: 'eth0', address: parseIp('192.0.2.11')!, alone: false },
    { interface: 'eth1', address: parseIp('198.51.100.11')!, alone: false },
  ],
};

/** A plan of one BgpConf and one BgpPeer on node n1, but for what is given. */
export function plan(o: Partial<PlanInput> = {}) {
  return planOf({
    conf: conf(),
    peers: [peer('tor')],
    node,
    nics,
    password: () => noPassword,
    before: undefined,
    ...o,
  });
}

function valid<T>(
  checked: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: unknown },
): T {
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
}
