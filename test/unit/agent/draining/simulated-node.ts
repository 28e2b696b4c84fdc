import type { NeighborProbe } from '../../../../src/agent/draining/neighbor-probe.js';
import { configure, keyOf, leaderSeen, type Peer } from '../../../../src/agent/draining/state.js';
import { newTurns, turn } from '../../../../src/agent/draining/turn.js';
import { LinuxError } from '../../../../src/platform/linux/errno.js';
import type { Nftables, NftablesRefusal } from '../../../../src/platform/linux/nftables/nftables.js';

/** A node beside kube-proxy, whose nf_tables take note of what they are told. */
export function simulatedNode() {
  let now = 0;
  const answering = new Set<string>();
  const asked: string[] = [];
  /** Those who were asked by broadcast. */
  const sought: string[] = [];
  const waiting = new Map<string, Uint8Array>();
  const lines: string[] = [];
  let transactions = 0;
  let octets = 0;
  let present = false;
  let generation = 0n;
  const state = {
    neighbor: Uint8Array.of(2, 0, 0, 0, 0, 1) as Uint8Array | undefined,
    gateway: (_: Uint8Array): Uint8Array | undefined => undefined,
    foreign: false,
    /** A program that runs has made the table its own. */
    owned: false,
    refusal: undefined as NftablesRefusal | undefined,
    kubeProxy: true,
    /** Files of the kernel that say something else than `1`. */
    files: {} as Readonly<Record<string, string>>,
    link: true,
    overrun: false,
    /** The Ethernet address that who answers has by now. */
    replaced: undefined as Uint8Array | undefined,
    outline: '',
    /** The kernel has no memory for an answer. */
    broken: false,
  };
  const nftables: Nftables = {
    transact(messages) {
      if (state.refusal !== undefined) return state.refusal;
      if (state.owned) return { code: 'EPERM', message: 'EPERM' };
      if (!present && messages.length < 20) return { code: 'ENOENT', message: 'ENOENT' };
      transactions++;
      octets = messages.reduce((sum, { byteLength }) => sum + byteLength, 0);
      if (messages.length >= 20) generation++;
      present = messages.length > 1;
      return undefined;
    },
    hasTable: () => present || state.foreign || state.owned,
    hasChain: ({ family }) => state.kubeProxy && family === 'ip',
    hasSet: () => (present && !state.foreign) || state.owned,
    outline: () => state.outline,
    rules: () => {
      if (state.broken) throw new LinuxError({ errno: 105, operation: 'list from', object: 'nfnetlink socket' });
      return present ? [{ chain: 'prerouting', handle: generation, packets: 7 }] : [];
    },
    elements: () => [],
    close() {},
  };
  const probe: NeighborProbe = {
    ask(peer: Peer, _, station) {
      asked.push(peer.address);
      if (station === undefined) sought.push(peer.address);
      const own = state.replaced ?? Uint8Array.of(2, 0, 0, 0, 0, 1);
      const reached = station === undefined || Buffer.compare(station, own) === 0;
      if (answering.has(peer.address) && reached && state.link) waiting.set(keyOf(peer), own);
    },
    heard() {
      const neighbors = new Map(state.overrun ? [] : waiting);
      waiting.clear();
      return { neighbors, overrun: new Set(state.overrun ? [2] : []) };
    },
    keep() {},
  };
  const warnings: string[] = [];
  const log = (message: string) => void lines.push(message);
  const warn = (message: string) => {
    log(message);
    warnings.push(message);
  };
  const turns = newTurns(
    {
      now: () => now,
      openNftables: () => nftables,
      node: { read: (path) => state.files[path] ?? '1', hasInterface: () => false },
      rtnetlink: {
        neighborMac: () => state.neighbor,
        useNeighbor() {},
        routeTo: (ip) => ({ interfaceIndex: 2, source: undefined, gateway: state.gateway(ip) }),
      },
      macOf: () => Uint8Array.of(2, 0, 0, 0, 0, 9),
      hasLink: () => state.link,
      probe,
    },
    { info: log, warn },
  );
  const runUntil = (end: number) => {
    let count = 1;
    for (let next = turn(turns); next <= end; next = turn(turns), count++) now = Math.max(next, now + 1);
    now = end;
    return count;
  };
  const lead = (leader: string | undefined, group = 'api', station?: Uint8Array, proven = true, silenced = false) => {
    const binding = { nic: 2, answersOn: 2, mac: new Uint8Array(6), source: Uint8Array.of(192, 0, 2, 9) };
    leaderSeen(turns.draining, { type: 'leader', proven, silenced, group, leader, station, ...binding }, now);
    turns.dirty = true;
  };
  const keep = (window: number, ...others: readonly string[]) => {
    const groups = ['api', ...others].map(
      (name, n) => [name, { addresses: [`192.0.2.${100 + n}`], window, isSaid: true }] as const,
    );
    configure(turns.draining, new Map(groups), now);
    turns.dirty = true;
  };
  /** This node leads, because whoever did fell silent. */
  const takeOver = (group = 'api') => lead(undefined, group, undefined, true, true);
  const contents = () => turns.tables.get('ip')?.holds;
  return {
    answering,
    asked,
    sought,
    lines,
    warnings,
    turns,
    state,
    runUntil,
    lead,
    takeOver,
    keep,
    contents,
    transactions: () => transactions,
    octets: () => octets,
    flush: () => {
      present = false;
    },
    now: () => now,
  };
}
