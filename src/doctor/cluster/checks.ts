/** The checks of a cluster: pure. */
import { protocolOf } from '../../api/eip.js';
import { troublesOf } from '../../status/troubles.js';
import { type Check, type Finding, fine } from '../finding.js';
import { strictArpProblem } from '../migration/programs.js';
import type { ClusterFacts, Read } from './facts.js';
import { rivalsInCluster } from './rivals.js';

/** The oldest API server that is tested against. */
const oldestServer = { major: 1, minor: 20 };

const installed: Check<ClusterFacts> = ({ groups, pools, peers, confs, server }) => {
  const kinds: readonly (readonly [string, Read<unknown>])[] = [
    ['VipGroups', groups],
    ['Eips', pools],
    ['BgpPeers', peers],
    ['BgpConfs', confs],
  ];
  const findings = kinds.flatMap(([kind, read]) => (read.ok ? [] : [unread('CRDs and permissions', kind, read)]));
  if (
    server !== undefined &&
    (server.major < oldestServer.major || (server.major === oldestServer.major && server.minor < oldestServer.minor))
  )
    findings.push({
      check: 'versions',
      severity: 'warning',
      where: 'API server',
      what: `it is of version ${server.text}, older than any that is tested`,
      remedy: `upgrade Kubernetes to ${oldestServer.major}.${oldestServer.minor} or later`,
    });
  return findings.length > 0 ? findings : [fine('CRDs and permissions', '', 'all kinds are there and can be read')];
};

/** Of a kind that is not there, or not for whoever asks. */
function unread(check: string, where: string, { why, text }: Read<unknown> & { readonly ok: false }): Finding {
  const absent = why === 'absent';
  return {
    check,
    severity: absent ? 'problem' : 'unknown',
    where,
    what: text,
    remedy: absent
      ? 'kubectl apply -f deploy/crds, or install the chart (docs/installing.md)'
      : why === 'forbidden'
        ? 'ask with a kubeconfig that may list them (kubectl auth can-i list …)'
        : 'see that the API server is well, and run the doctor again',
  };
}

const agents: Check<ClusterFacts> = ({ agents: read, groups, version, namespace }) => {
  if (!read.ok) return [unread('agents', `Leases of ${namespace}`, read)];
  const findings: Finding[] = [];
  for (const { node, moves, ended, agoMs, version: theirs } of read.items) {
    if (ended)
      findings.push({
        check: 'agents',
        severity: 'warning',
        where: node,
        what: 'its agent has ended',
        remedy: 'kubectl get pods -o wide: start it again, or delete its Lease if the node is gone',
      });
    else if (!moves)
      findings.push({
        check: 'agents',
        severity: 'problem',
        where: node,
        what: `its agent has not been heard of for ${Math.round(agoMs / 1000)} s, by its own clock`,
        remedy: 'see that the node is up and reaches the API server; on it: openelb-vip doctor --local',
      });
    else if (theirs !== version)
      findings.push({
        check: 'versions',
        severity: 'warning',
        where: node,
        what: `its agent is of version ${theirs ?? 'unknown'}, this program of ${version}`,
        remedy: 'a rolling update may be under way; else upgrade the older one: docs/versions.md',
      });
  }
  const heard = new Set(read.items.map(({ node }) => node));
  const members = new Set(groups.ok ? groups.items.flatMap(({ spec }) => spec.members.map(({ node }) => node)) : []);
  for (const node of [...members].filter((each) => !heard.has(each)).sort())
    findings.push({
      check: 'agents',
      severity: 'problem',
      where: node,
      what: 'it is a member of groups, and no agent was ever heard of there',
      remedy: `kubectl -n ${namespace} get pods -o wide: see why none runs on that node`,
    });
  return findings.length > 0 ? findings : [fine('agents', '', `${read.items.length} are heard of`)];
};

const controller: Check<ClusterFacts> = ({ controllers, namespace }) => {
  if (!controllers.ok) return [unread('controller', `Leases of ${namespace}`, controllers)];
  const agoMs = Math.min(...controllers.items.map((each) => each.agoMs));
  if (agoMs < 60_000)
    return [fine('controller', namespace, `was heard of ${Math.max(0, Math.round(agoMs / 1000))} s ago`)];
  return [
    {
      check: 'controller',
      severity: 'problem',
      where: namespace,
      what:
        controllers.items.length === 0
          ? 'no controller was ever heard of'
          : `it was heard of ${Math.round(agoMs / 1000)} s ago`,
      remedy: `new Services get no address: kubectl -n ${namespace} get pods, and its log; or name its namespace with --namespace`,
    },
  ];
};

/** More than requests take, and than is known of when a Lease was renewed. */
const mostOffMs = 2_500;

const clocks: Check<ClusterFacts> = ({ agents: read }) => {
  const known = read.ok
    ? read.items.flatMap(({ node, clockMs }) => (clockMs === undefined ? [] : [{ node, clockMs }]))
    : [];
  const off = known.filter(({ clockMs }) => Math.abs(clockMs) > mostOffMs);
  if (off.length === 0) return known.length === 0 ? [] : [fine('clocks', '', `those of ${known.length} nodes agree`)];
  return off.map(({ node, clockMs }) => ({
    check: 'clocks',
    severity: 'warning',
    where: node,
    what: `its clock is ${Math.round(Math.abs(clockMs) / 1000)} s ${clockMs > 0 ? 'ahead of' : 'behind'} that of others`,
    remedy:
      'set both right (NTP): signed adverts are refused when clocks differ by more than their window, and histories are out of order',
  }));
};

/** Conflicts with other hosts and what else is said of groups; two leaders. */
const groupTroubles: Check<ClusterFacts> = ({ groups }) => {
  if (!groups.ok) return [];
  const said = troublesOf(groups.items).map(
    ({ type, groups: names, reason, message }): Finding => ({
      check: checkOf[type] ?? 'groups',
      severity: type === 'OutsideSubnet' || type === 'SettingsDiffer' ? 'warning' : 'problem',
      where: `${type} of ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`,
      what: message === '' ? reason : message,
      remedy: `docs/reference/messages.md, ${reason}`,
    }),
  );
  const split = groups.items.flatMap(({ metadata, status }): Finding[] => {
    const leaders = (status?.members ?? []).filter(({ state }) => state === 'Active').map(({ node }) => node);
    if (leaders.length < 2) return [];
    return [
      {
        check: 'leaders',
        severity: 'problem',
        where: `group ${metadata.name}`,
        what: `${leaders.join(' and ')} both lead: they do not hear each other`,
        remedy: 'run the doctor on both nodes: it tries multicast and unicast between them',
      },
    ];
  });
  const findings = [...said, ...split];
  return findings.length > 0 ? findings : [fine('groups', '', `${groups.items.length}, without a conflict`)];
};

const checkOf: Readonly<Record<string, string>> = {
  VirtualRouterIdConflict: 'virtual router IDs',
  AddressConflict: 'address conflicts',
  NotHeld: 'address conflicts',
  DuplicateNode: 'node names',
  KernelAnswers: 'strictARP and arp_ignore',
};

/** What of pools is never given out, since it is somebody's. */
const nodeAddresses: Check<ClusterFacts> = ({ pools, nodes }) => {
  if (!pools.ok) return [];
  const own = new Set(nodes.ok ? nodes.items.flatMap(({ addresses }) => addresses) : []);
  const found = pools.items.flatMap(({ metadata, status }): Finding[] =>
    Object.entries(status?.leftOutAddresses ?? {})
      .filter(([address, what]) => own.has(address) || /node|gateway/i.test(what))
      .map(([address, what]) => ({
        check: 'node addresses in pools',
        severity: 'warning',
        where: `Eip ${metadata.name}`,
        what: `it holds ${address}, which is ${what}: that is never given out`,
        remedy: 'leave it out of spec.address, so that nobody counts on it',
      })),
  );
  return found.length > 0 ? found : [fine('node addresses in pools', '', `none in ${pools.items.length} pools`)];
};

const kubeProxy: Check<ClusterFacts> = ({ kubeProxy: read, pools }) => {
  if (!read.ok || read.items.length === 0) return [];
  const onLan = pools.ok && pools.items.some((pool) => protocolOf(pool) !== 'bgp');
  const problem = onLan ? strictArpProblem(read.items[0]) : undefined;
  if (problem === undefined)
    return [
      fine('kube-proxy', '', onLan ? 'its configuration has strictARP where it is needed' : 'no pool needs strictARP'),
    ];
  return [
    {
      check: 'kube-proxy',
      severity: 'problem',
      where: 'ConfigMap kube-system/kube-proxy',
      what: problem
        .replace(/^ConfigMap kube-system\/kube-proxy: /, '')
        .replace(/: set it, and restart kube-proxy$/, ''),
      remedy:
        'set ipvs.strictARP to true there, and restart kube-proxy (kubectl -n kube-system rollout restart daemonset kube-proxy)',
    },
  ];
};

/** A router tells nobody whether it takes a route. */
const routers: Check<ClusterFacts> = ({ peers, groups }) => {
  if (!peers.ok) return [];
  const routed = groups.ok && groups.items.some(({ spec }) => spec.protocol === 'bgp' && spec.addresses.length > 0);
  return peers.items.flatMap(({ metadata, status }) =>
    (status?.nodes ?? []).map((entry): Finding => {
      const where = `BgpPeer ${metadata.name}, ${entry.node}`;
      const { problem, state, prefixesSent = 0 } = entry;
      if (problem)
        return {
          check: 'BGP sessions',
          severity: 'problem',
          where,
          what: `${problem.reason}: ${problem.message}`,
          remedy: 'docs/bgp.md, and docs/troubleshooting.md, "A router has no session"',
        };
      if (state !== 'Established')
        return {
          check: 'BGP sessions',
          severity: 'problem',
          where,
          what: `the session is ${state ?? 'unknown'}`,
          remedy: 'see that the router has this node as a neighbour, and that TCP port 179 passes',
        };
      if (prefixesSent === 0 && routed)
        return {
          check: 'router policy',
          severity: 'warning',
          where,
          what: 'the session is up, and the router was told of no address',
          remedy: 'see spec.advertise of the BgpPeer, and nodeSelector of the Eip',
        };
      return {
        check: 'router policy',
        severity: 'unknown',
        where,
        what: `${prefixesSent} routes were sent; whether the router takes them only it knows`,
        remedy: `there: show bgp neighbors ${entry.localAddress ?? 'NODE'} received-routes; without an import policy routers take none of another AS (RFC 8212)`,
      };
    }),
  );
};

export const clusterChecks: readonly Check<ClusterFacts>[] = [
  installed,
  controller,
  agents,
  clocks,
  groupTroubles,
  nodeAddresses,
  kubeProxy,
  routers,
  rivalsInCluster,
];
