import assert from 'node:assert/strict';
import { announce, newAnnouncedRoutes, routesIn } from '../../../src/agent/bgp/announced-routes.js';
import { passwordFrom } from '../../../src/agent/bgp/passwords.js';
import { planOf } from '../../../src/agent/bgp/plan.js';
import { drainedGroupOf } from '../../../src/agent/draining/drained-group.js';
import { membershipOf } from '../../../src/agent/membership.js';
import { type NodeObject, nodeShape, viewOf } from '../../../src/agent/sources/node-view.js';
import { trackedChecks } from '../../../src/agent/tracking/group-checks.js';
import { conform } from '../../../src/api/conform.js';
import { validateBgpConf, validateBgpPeer, validateVipGroup } from '../../../src/api/validate.js';
import { parseIp } from '../../../src/core/ip/address.js';
import { objectForm } from '../forms/objects.js';
import type { Target } from '../fuzzer.js';
import * as example from './example-objects.js';
import { shapes } from './object-shapes.js';

const { group, bgpConf, bgpPeer, node } = shapes;
const shape = { type: 'object', properties: { group, bgpConf, bgpPeer, node } };
const seeds = [
  { group: example.group, bgpConf: example.bgpConf, bgpPeer: example.bgpPeer, node: example.node },
  { group: example.routedGroup, bgpConf: example.bgpConf, bgpPeer: example.bgpPeer, node: example.node },
];
const nics = {
  names: ['eth0', 'eth1'],
  addresses: [
    { interface: 'lo', address: parseIp('127.0.0.1')!, alone: false },
    { interface: 'eth0', address: parseIp('192.0.2.11')!, alone: false },
    { interface: 'eth0', address: parseIp('2001:db8::11')!, alone: true },
  ],
};

type Input = Partial<Record<'group' | 'bgpConf' | 'bgpPeer' | 'node', unknown>> | null;

/** Any objects that an agent is given: each is refused in words, or this node's part in it can be made, with what the engine takes. */
export const target: Target<unknown> = {
  form: objectForm(shape, seeds),
  seeds,

  run(input) {
    const objects = (input ?? {}) as NonNullable<Input>;
    takePart(objects.group);
    speak(objects);
  },
};

function takePart(object: unknown): void {
  const checked = validateVipGroup(object);
  if (!checked.ok) {
    assert.ok(checked.problems.length > 0 && checked.problems.every(({ message }) => message !== ''));
    return;
  }
  const found = checked.value;
  drainedGroupOf(found);
  for (const { node: name } of found.spec.members) {
    const config = membershipOf(found, name);
    if (config === undefined) continue;
    assert.ok(
      config.priority >= 0 && config.priority <= 255 && Number.isInteger(config.priority),
      `priority ${config.priority}`,
    );
    assert.ok(config.virtualRouterId >= 1 && config.virtualRouterId <= 255);
    assert.ok(
      config.advertisementInterval >= 10_000 && config.advertisementInterval <= 40_950_000,
      `${config.advertisementInterval}`,
    );
    assert.ok(config.addresses.every(({ length }) => length === (config.family === 4 ? 4 : 16)));
    assert.equal(config.peers.length, config.peerPriorities.length);
  }
  trackedChecks(found.spec.vrrp?.checks ?? [], '/nowhere', () => {});
}

function speak({ bgpConf: conf, bgpPeer: peer, node: object, group: announced }: NonNullable<Input>): void {
  const [checkedConf, checkedPeer] = [validateBgpConf(conf), validateBgpPeer(peer)];
  const readNode = conform<NodeObject>(nodeShape, object).value;
  if (readNode === undefined) return;
  const planned = planOf({
    conf: checkedConf.ok ? checkedConf.value : undefined,
    peers: checkedPeer.ok ? [checkedPeer.value] : [],
    node: viewOf(readNode),
    nics,
    password: (one) => passwordFrom(one, () => ({ data: { k: 'c2VjcmV0' } }), 'namespace ns', undefined),
    before: undefined,
  });
  for (const { settings, problem } of planned.peers.values())
    assert.ok(settings !== undefined || problem !== undefined);
  const checkedGroup = validateVipGroup(announced);
  if (!checkedGroup.ok) return;
  const { addresses, eip = '' } = checkedGroup.value.spec;
  for (const policy of planned.policies.values()) {
    const table = newAnnouncedRoutes(policy);
    const origin = { eip, pool: undefined, node: 'n1', labels: {} } as never;
    announce(table, [['g', { origin, addresses, going: addresses.slice(0, 1) }]]);
    const count = routesIn(table).length;
    announce(table, [['g', undefined]]);
    assert.equal(routesIn(table).length, 0, `of ${count}`);
  }
}
