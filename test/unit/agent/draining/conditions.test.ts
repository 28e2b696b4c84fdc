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

const ipvs = '/proc/self/net/ip_vs';
const ipvsTells = '/proc/sys/net/ipv4/vs/conntrack';
const services = 'a\nb\nc\nTCP  C0A80001:0050 rr\n';

describe('whether connections can be kept on a node', () => {
  const byIptables = { chains: ['ip nat KUBE-SERVICES'] };

  for (const [mode, view] of [
    ['iptables over nf_tables', byIptables],
    ['nftables', { chains: ['ip6 kube-proxy services'] }],
    ['the old iptables', { files: { '/proc/self/net/ip_tables_names': 'filter\nnat\n' } }],
    ['IPVS', { files: { [ipvs]: services, [ipvsTells]: '1\n' } }],
  ] as const)
    it(`it can beside kube-proxy with ${mode}`, () => {
      const conditions = conditionsOf(node(view));
      assert.ok(conditions.ok && conditions.loose);
    });

  it('it knows what conntrack makes of a segment in mid-stream', () => {
    const conditions = conditionsOf(node({ ...byIptables, files: { [loosePath]: '0\n' } }));
    assert.ok(conditions.ok && !conditions.loose);
  });

  it('for the families for which something translates, and for no other', () => {
    const familiesOf = (view: Parameters<typeof node>[0]) => {
      const conditions = conditionsOf(node(view));
      return conditions.ok ? [...conditions.families] : [];
    };
    assert.deepEqual(familiesOf(byIptables), ['ip']);
    assert.deepEqual(familiesOf({ files: { '/proc/self/net/ip6_tables_names': 'nat\n' } }), ['ip6']);
    assert.deepEqual(familiesOf({ files: { [ipvs]: services, [ipvsTells]: '1\n' } }), ['ip', 'ip6']);
  });

  it('not without conntrack', () => {
    assert.equal(reasonOf(node({ ...byIptables, files: { [loosePath]: '' } })), 'NoConntrack');
  });

  it('not where IPVS does not tell conntrack of its connections', () => {
    for (const told of ['0\n', ''])
      assert.equal(reasonOf(node({ ...byIptables, files: { [ipvs]: services, [ipvsTells]: told } })), 'NoConntrack');
  });

  it('not where nothing translates', () => {
    assert.equal(reasonOf(node({})), 'NoTranslation');
    assert.equal(reasonOf(node({ files: { [ipvs]: 'a\nb\nc\n' } })), 'NoTranslation');
  });

  it('not in an eBPF data path, whatever kube-proxy has left', () => {
    assert.equal(reasonOf(node({ ...byIptables, interfaces: ['bpfin.cali'] })), 'EbpfDataPath');
    assert.equal(reasonOf(node({ interfaces: ['cilium_host'] })), 'EbpfDataPath');
  });

  it('and what would help, whatever is in the way', () => {
    const views = [
      node({ ...byIptables, files: { [loosePath]: '' } }),
      node({}),
      node({ files: { [ipvs]: services } }),
      ...['bpfin.cali', 'cilium_host'].map((name) => node({ interfaces: [name] })),
    ];
    for (const view of views) {
      const conditions = conditionsOf(view);
      assert.match(
        conditions.ok ? '' : conditions.message,
        /: (load|have|run|set|switch) .*, or set vrrp\.drainConnections to 0s$/,
      );
    }
  });

  it('it can beside Cilium where kube-proxy translates', () => {
    assert.equal(reasonOf(node({ ...byIptables, interfaces: ['cilium_host'] })), undefined);
  });
});
