import assert from 'node:assert/strict';
import { conditionsOf, type NodeView } from '../../../../src/agent/draining/conditions.js';

const loosePath = '/proc/sys/net/netfilter/nf_conntrack_tcp_loose';
const node = (o: {
  files?: Readonly<Record<string, string>>;
  interfaces?: readonly string[];
  chains?: readonly string[];
}): NodeView => ({
  read: (path) => ({ [loosePath]: '1\n', ...o.files })[path] ?? '',
  hasInterface: (name) => o.interfaces?.includes(name) === true,
  nftables: { hasChain: ({ family, table }, chain) => o.chains?.includes(`${family} ${table} ${chain}`) === true },
});
const reasonOf = (view: NodeView) => {
  const conditions = conditionsOf(view);
  return conditions.ok ? undefined : conditions.reason;
};

describe('whether connections can be kept on a node', () => {
  const byIptables = { chains: ['ip nat KUBE-SERVICES'] };

  for (const [mode, view] of [
    ['iptables over nf_tables', byIptables],
    ['nftables', { chains: ['ip6 kube-proxy services'] }],
    ['the old iptables', { files: { '/proc/self/net/ip_tables_names': 'filter\nnat\n' } }],
    ['IPVS', { files: { '/proc/self/net/ip_vs': 'a\nb\nc\nTCP  C0A80001:0050 rr\n' } }],
  ] as const)
    it(`it can beside kube-proxy with ${mode}`, () => {
      assert.deepEqual(conditionsOf(node(view)), { ok: true, loose: true });
    });

  it('it knows what conntrack makes of a segment in mid-stream', () => {
    assert.deepEqual(conditionsOf(node({ ...byIptables, files: { [loosePath]: '0\n' } })), { ok: true, loose: false });
  });

  it('not without conntrack', () => {
    assert.equal(reasonOf(node({ ...byIptables, files: { [loosePath]: '' } })), 'NoConntrack');
  });

  it('not where nothing translates', () => {
    assert.equal(reasonOf(node({})), 'NoTranslation');
    assert.equal(reasonOf(node({ files: { '/proc/self/net/ip_vs': 'a\nb\nc\n' } })), 'NoTranslation');
  });

  it('not in an eBPF data path, whatever kube-proxy has left', () => {
    assert.equal(reasonOf(node({ ...byIptables, interfaces: ['bpfin.cali'] })), 'EbpfDataPath');
    assert.equal(reasonOf(node({ interfaces: ['cilium_host'] })), 'EbpfDataPath');
  });

  it('it can beside Cilium where kube-proxy translates', () => {
    assert.equal(reasonOf(node({ ...byIptables, interfaces: ['cilium_host'] })), undefined);
  });
});
