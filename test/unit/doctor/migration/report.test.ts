import assert from 'node:assert/strict';
import { documentOf } from '../../../../src/convert/document.js';
import type { Seen } from '../../../../src/doctor/migration/read.js';
import { exitCodeOf, reportOf, reportText } from '../../../../src/doctor/migration/report.js';

const nowMs = Date.parse('2026-01-02T00:00:00Z');
const theirs = (kind: string, name: string, spec: object) => {
  const apiVersion = 'metallb.io/v1beta1';
  const metadata = { name, namespace: 'metallb-system' };
  const document = documentOf(apiVersion, kind, { metadata, spec })!;
  return { document, reference: { apiVersion, kind, ...metadata } };
};
const pool = (name: string, addresses: string, more = {}) =>
  theirs('IPAddressPool', name, { addresses: [addresses], ...more });
const service = (name: string, ip: string | undefined, o: { spec?: object; annotations?: object } = {}) => ({
  metadata: {
    name,
    namespace: 'default',
    uid: name,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    annotations: o.annotations ?? {},
    ...(ip === undefined
      ? {}
      : {
          managedFields: [
            { manager: 'controller', fieldsV1: { 'f:status': { 'f:loadBalancer': { 'f:ingress': {} } } } },
          ],
        }),
  },
  spec: { type: 'LoadBalancer', clusterIP: '10.96.0.9', ports: [{ port: 80 }], ...o.spec },
  status: ip === undefined ? {} : { loadBalancer: { ingress: [{ ip }] } },
});
const pod = (program: string, nodeName: string) => ({
  metadata: { name: `${program}-x`, labels: { app: 'metallb', component: program } },
  spec: { nodeName },
  status: { phase: 'Running' },
});
const endpoint = { subsets: [{ addresses: [{ ip: '10.1.0.4' }] }] };
const running = { pods: [pod('controller', 'node-0'), pod('speaker', 'node-0')], webhook: endpoint };
const lan = [pool('lan', '192.0.2.0/28'), theirs('L2Advertisement', 'lan', {})];

function seen(found: Seen['metallb']['found'], more: Partial<Seen> = {}): Seen {
  return {
    metallbNamespace: 'metallb-system',
    metallb: { found, unread: [] },
    ...running,
    kubeProxy: undefined,
    services: [],
    namespaces: [{ metadata: { name: 'default' } }],
    nodes: ['node-0', 'node-1'].map((name, at) => ({
      metadata: { name },
      status: { addresses: [{ type: 'InternalIP', address: `10.0.0.${at + 1}` }] },
    })),
    leases: [],
    eips: [],
    bgpConfs: [],
    bgpPeers: [],
    vipGroups: [],
    ...more,
  };
}
const look = (found: Seen['metallb']['found'], more: Partial<Seen> = {}) => reportOf(seen(found, more), nowMs);
const fate = (report: ReturnType<typeof reportOf>, name: string) =>
  report.fates.find((each) => each.service === `default/${name}`)!;

describe('a check before MetalLB is taken over', () => {
  it('says of a Service that it keeps its address, and who will answer for it', () => {
    const report = look(lan, { services: [service('web', '192.0.2.3')] });
    const { outcome, how, addresses } = fate(report, 'web');
    assert.deepEqual(
      [outcome, addresses, how],
      ['keeps', ['192.0.2.3'], 'Eip lan, by ARP and NDP from one of node-0, node-1'],
    );
    assert.deepEqual([report.first, report.differences], [[], []]);
    assert.equal(exitCodeOf(report), 0);
    assert.match(reportText(report), /^SERVICE +ADDRESSES +OUTCOME +HOW\ndefault\/web +192\.0\.2\.3 +keeps/);
    assert.match(
      report.notes.join('\n'),
      /speakers run on node-0: stop its controller first, and then them\n.*: make eips\/lan/,
    );
  });

  it('says of a Service what address it will have in place of one that no pool has', () => {
    const report = look(lan, { services: [service('stray', '198.51.100.7')] });
    assert.equal(fate(report, 'stray').outcome, 'changes');
    assert.match(
      report.first.join('\n'),
      /^Service default\/stray does not keep 198\.51\.100\.7: gets another: Eip lan/,
    );
    assert.equal(exitCodeOf(report), 1);
  });

  it('gives an address to nobody else whose it is, also where that one comes later', () => {
    const services = [service('a', undefined), service('b', '192.0.2.0')];
    const report = look(lan, { services });
    assert.equal(fate(report, 'b').outcome, 'keeps');
    assert.match(fate(report, 'a').how, /^gets an address: Eip lan/);
    assert.equal(fate(report, 'a').outcome, 'gets');
  });

  it('names Services that it cannot take over', () => {
    const report = look(lan, {
      services: [service('classy', '192.0.2.3', { spec: { loadBalancerClass: 'metallb.io/metallb' } })],
    });
    assert.equal(fate(report, 'classy').outcome, 'left');
    assert.match(
      report.first.join('\n'),
      /^Service default\/classy is not taken over, with 192\.0\.2\.3: its class metallb\.io\/metallb cannot/,
    );
  });

  describe('of an address that nobody announces', () => {
    const services = [service('web', '192.0.2.3')];
    const notes = (report: ReturnType<typeof look>) => report.notes.join('\n');

    it('ends with 0 where a pool has no advertisement: nor does MetalLB announce it', () => {
      const report = look([pool('lan', '192.0.2.0/28')], { services });
      assert.equal(fate(report, 'web').outcome, 'keeps');
      assert.match(
        notes(report),
        /Service default\/web: nobody announces 192\.0\.2\.3, neither MetalLB nor then: Eip lan/,
      );
      assert.match(notes(report), /IPAddressPool metallb-system\/lan: no advertisement is for it/);
      assert.deepEqual([report.first, report.differences, exitCodeOf(report)], [[], [], 0]);
    });

    it('ends with 0 where an advertisement selects no node, or no pool', () => {
      const nowhere = { ipAddressPools: ['lan'], nodeSelectors: [{ matchLabels: { rack: 'none' } }] };
      const found = [pool('lan', '192.0.2.0/28'), theirs('L2Advertisement', 'lan', nowhere)];
      const report = look([...found, theirs('L2Advertisement', 'gone', { ipAddressPools: ['gone'] })], { services });
      assert.match(
        notes(report),
        /default\/web: nobody announces .* which no node may announce\n.*gone: selects no pool/,
      );
      assert.equal(exitCodeOf(report), 0);
    });

    it('ends with 0 where there is no router to be told, and with 1 where the one there is cannot be made here', () => {
      const routed = [pool('lan', '192.0.2.0/28'), theirs('BGPAdvertisement', 'lan', {})];
      assert.equal(exitCodeOf(look(routed, { services })), 0);
      const report = look([...routed, theirs('BGPPeer', 'tor', { myASN: 64512, peerASN: 64513, peerAddress: 'x' })], {
        services,
      });
      assert.match(report.first.join('\n'), /^Service default\/web: nobody will announce 192\.0\.2\.3/);
      assert.equal(exitCodeOf(report), 1);
    });

    it('ends with 1 where a person has edited the Eip so that nobody does', () => {
      const metadata = {
        name: 'lan',
        labels: { 'openelb.io/made-from': 'metallb' },
        annotations: { 'openelb.io/origin': 'IPAddressPool metallb-system/lan', 'openelb.io/written': 'x' },
      };
      const eips = [
        { metadata, spec: { address: '192.0.2.0/28', protocol: 'layer2', nodeSelector: { rack: 'none' } } },
      ];
      const report = look(lan, { services, eips });
      assert.match(report.first.join('\n'), /^Service default\/web: nobody will announce 192\.0\.2\.3/);
      assert.equal(exitCodeOf(report), 1);
    });
  });

  it('tells routers of a pool by the BgpPeers that will be made, and says when there are none', () => {
    const routed = [pool('far', '203.0.113.0/28'), theirs('BGPAdvertisement', 'far', {})];
    const peer = theirs('BGPPeer', 'tor', { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.254' });
    const services = [service('web', '203.0.113.3')];
    const told = look([...routed, peer], { services });
    assert.equal(fate(told, 'web').how, 'Eip far, by BGP from node-0, node-1, by BgpPeer tor');
    assert.equal(exitCodeOf(told), 0);
    const untold = look(routed, { services });
    assert.match(
      untold.notes.join('\n'),
      /nobody announces 203\.0\.113\.3, neither MetalLB nor then: Eip far, of which no BgpPeer tells a router/,
    );
  });

  it('ends with 3 where a field has no counterpart, and names it', () => {
    const preferring = theirs('L2Advertisement', 'lan', { serviceSelectors: [{ matchLabels: { a: 'b' } }] });
    const report = look([pool('lan', '192.0.2.0/28'), preferring], { services: [service('web', '192.0.2.3')] });
    assert.match(
      report.differences.join('\n'),
      /^L2Advertisement metallb-system\/lan: spec\.serviceSelectors: an Eip announces all/m,
    );
    assert.equal(exitCodeOf(report), 3);
  });

  it('says that an Eip of a person is in the way', () => {
    const eips = [
      {
        metadata: { name: 'lan', creationTimestamp: '2025-01-01T00:00:00Z' },
        spec: { address: '198.51.100.0/28', protocol: 'layer2' },
      },
    ];
    const report = look(lan, { eips, services: [service('web', '192.0.2.3')] });
    assert.match(report.differences.join('\n'), /Eip lan is there already and was not made from this/);
    assert.equal(fate(report, 'web').outcome, 'changes');
  });

  it('says what cannot be read, and that nothing is concluded from it', () => {
    const unread = [{ what: 'L2Advertisement', why: 'L2Advertisements cannot be read: 500' }];
    const report = look(lan, { metallb: { found: lan.slice(0, 1), unread } });
    assert.deepEqual(report.first, ['L2Advertisements cannot be read: 500']);
    assert.match(report.differences.join('\n'), /Eip lan is not made yet/);
    assert.equal(exitCodeOf(report), 1);
  });

  describe('sees that', () => {
    const proxy = (ipvs: string) => ({
      data: { 'config.conf': `kind: KubeProxyConfiguration\nmode: ipvs\nipvs: ${ipvs}\n` },
    });

    it('every node answers where kube-proxy is in IPVS mode without strictARP', () => {
      const report = look(lan, { kubeProxy: proxy('{strictARP: false}') });
      assert.match(report.first.join('\n'), /ipvs\.strictARP is not true/);
      assert.deepEqual(look(lan, { kubeProxy: proxy('{strictARP: true}') }).first, []);
      assert.deepEqual(look(lan, { kubeProxy: { data: { 'config.conf': 'mode: iptables' } } }).first, []);
      assert.match(look(lan, { kubeProxy: { data: { 'config.conf': 'mode: [' } } }).first.join(), /is not YAML/);
    });

    it('speakers are left without a controller', () => {
      const report = look(lan, { pods: [pod('speaker', 'node-1')], webhook: undefined });
      assert.match(
        report.first.join('\n'),
        /^speakers run on node-1 without MetalLB's controller: .* Stop the speakers/,
      );
    });

    it('a controller runs that ours would not see', () => {
      const report = look(lan, { webhook: undefined });
      assert.match(report.first.join('\n'), /metallb-webhook-service has no endpoint, .*: stop MetalLB before/);
    });

    it('nothing of MetalLB runs any more, and that Pods which have ended do not', () => {
      const over = { ...pod('speaker', 'node-1'), status: { phase: 'Succeeded' } };
      const report = look(lan, { pods: [over], webhook: { subsets: [] } });
      assert.deepEqual(report.first, []);
      assert.match(report.notes.join('\n'), /nothing of MetalLB runs/);
    });

    it('a Pod is a speaker by its image alone', () => {
      const image = (name: string) => ({
        metadata: { name: 'x' },
        spec: { nodeName: 'node-1', containers: [{ image: name }] },
      });
      for (const name of ['quay.io/metallb/speaker:v0.15.2', 'bitnami/metallb-speaker@sha256:aa', 'metallb/speaker'])
        assert.match(
          look(lan, { pods: [image(name)], webhook: undefined }).first.join(),
          /speakers run on node-1/,
          name,
        );
      assert.deepEqual(look(lan, { pods: [image('quay.io/metallb/speakerphone')], webhook: undefined }).first, []);
    });
  });

  it('survives whatever objects hold', () => {
    const odd = [
      null,
      7,
      {},
      { metadata: null },
      { metadata: { name: 7 } },
      { metadata: { name: 'x', namespace: 'default' }, spec: 7, status: [] },
    ];
    const report = look([theirs('IPAddressPool', 'odd', { addresses: 7 })], {
      pods: odd,
      webhook: 7,
      kubeProxy: { data: 7 },
      services: odd,
      eips: odd,
      bgpPeers: odd,
      bgpConfs: odd,
      vipGroups: odd,
    });
    assert.match(report.differences.join('\n'), /^IPAddressPool metallb-system\/odd: /);
  });
});
