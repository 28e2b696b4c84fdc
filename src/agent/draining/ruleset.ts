/**
 * The table that hands segments on: one for each family, between conntrack and the translation of Services.
 *
 *   prerouting   -200 conntrack ── -150 here ── -100 kube-proxy's translation
 *
 * A segment for a virtual address that belongs to no connection known here, and begins none, goes to the node that led before, as it is, and
 * is dropped here before conntrack keeps anything of it. Which addresses those are, and who led, stands in sets with timeouts.
 */
import {
  compare,
  connectionState,
  counter,
  duplicate,
  type Expression,
  isIn,
  isOver,
  loadConnectionState,
  loadMeta,
  loadPayload,
  lookUp,
  mask,
  rejectByReset,
  remember,
  verdict,
} from '../../platform/linux/nftables/expressions.js';
import { host32, type TableFamily } from '../../platform/linux/nftables/message.js';
import {
  addChain,
  addRule,
  addSet,
  addTable,
  type DataType,
  removeTable,
  type TableName,
} from '../../platform/linux/nftables/statements.js';

export const tableName = 'openelb-vip';
/** What only a table of ours has. */
export const lease = 'lease';

/** Between conntrack, -200, and the translation of destinations, -100. */
const priority = -150;
/** What is beyond that is dropped, and sent again by who meant it: a flood of forged segments costs no more, here or there. */
export const packetsPerSecond = 50_000;
export const burst = 10_000;
/** A connection that is silent for so long is not counted any more, nor one beyond so many. */
const countedForMs = 60_000;
export const mostCounted = 16_384;

/** What those rules of the second chain count that do, in order. */
export const counted = ['excess', 'passed', 'returned', 'passed', 'direct', 'reset'] as const;
const first = 'prerouting';
const second = 'forwarding';
/** What the table consists of, by name. */
export const parts = {
  chains: [first, second],
  sets: [lease, 'nics', 'addresses', 'direct', 'passed', 'beyond', 'back', 'ended', 'members', 'connections'],
} as const;

interface FamilyFacts {
  readonly address: DataType;
  readonly source: Field;
  readonly destination: Field;
  readonly hopLimit: Field;
  /** Registers of an address. */
  readonly words: number;
}
interface Field {
  readonly offset: number;
  readonly length: number;
}

const facts: Readonly<Record<TableFamily, FamilyFacts>> = {
  ip: {
    address: 'ipv4_addr',
    source: { offset: 12, length: 4 },
    destination: { offset: 16, length: 4 },
    hopLimit: { offset: 8, length: 1 },
    words: 1,
  },
  ip6: {
    address: 'ipv6_addr',
    source: { offset: 8, length: 16 },
    destination: { offset: 24, length: 16 },
    hopLimit: { offset: 7, length: 1 },
    words: 4,
  },
};

const tcp = Uint8Array.of(6);
const flags = { syn: 0x02, rst: 0x04 } as const;
const ethernet = Uint8Array.of(1, 0); // ARPHRD_ETHER, 16 bits of the host's order

/** Registers: a key is at 0; here is where a segment goes, and by which interface. */
const gateway = 8;
const out = 12;

export function tableOf(family: TableFamily): TableName {
  return { family, table: tableName };
}

/**
 * Makes the table, in the place of one that may be there.
 *
 * @param o.loose whether conntrack takes a segment in mid-stream for a new connection (net.netfilter.nf_conntrack_tcp_loose); else for an invalid one
 * @param o.resets whether connections that are at an end are reset here; before Linux 5.9 the kernel cannot: then kube-proxy's rules have them, and some
 *   Pod does, as for any segment that nobody knows
 */
export function makeTable(
  family: TableFamily,
  { loose, resets }: { readonly loose: boolean; readonly resets: boolean },
): readonly Uint8Array[] {
  const table = tableOf(family);
  const { address } = facts[family];
  const key: readonly DataType[] = ['iface_index', address];
  const sets = [
    [lease, { key: ['iface_index'], timeouts: true }],
    ['nics', { key: ['iface_index'], data: 'iface_index' }],
    ['addresses', { key, timeouts: true }],
    ['direct', { key, data: address, timeouts: true }],
    ['passed', { key, data: address, timeouts: true }],
    ['beyond', { key: ['iface_index', 'ether_addr', address], data: address, timeouts: true }],
    ['back', { key: ['iface_index', 'ether_addr', address], timeouts: true }],
    ['ended', { key, timeouts: true }],
    ['members', { key: ['ether_addr'] }],
    [
      'connections',
      { key: [address, 'inet_service', address, 'inet_service'], timeouts: true, dynamic: true, size: mostCounted },
    ],
  ] as const;
  return [
    addTable(table),
    removeTable(table),
    addTable(table),
    ...sets.map(([name, options], id) => addSet(table, name, id + 1, options)),
    addChain(table, second),
    addChain(table, first, priority),
    addRule(table, first, isToBeForwarded(family, 'segment', loose)),
    addRule(table, first, isToBeForwarded(family, 'reset', loose)),
    addRule(table, second, [isOver(packetsPerSecond, burst), counter(), verdict('drop')]),
    addRule(table, second, hasNoHopLeft(family)),
    addRule(table, second, count(family)), // a rule of its own: where there is no room, it ends
    addRule(table, second, [...loadSender(family), lookUp('beyond', 0, gateway), ...handOn()]),
    addRule(table, second, [...loadSender(family), isIn('back', 0), counter(), verdict('drop')]),
    addRule(table, second, [...comesFromMember(), ...forward(family, 'passed')]),
    addRule(table, second, [...comesFromMember('not'), ...forward(family, 'direct')]),
    ...(resets ? [addRule(table, second, reset(family))] : []),
  ];
}

/**
 * Resets are handed on as well: else who led before, and its Pod, would take the connection for open. Conntrack calls one of an unknown connection
 * invalid.
 */
function isToBeForwarded(family: TableFamily, what: 'segment' | 'reset', loose: boolean): readonly Expression[] {
  const { destination } = facts[family];
  const either = connectionState.new | connectionState.invalid;
  const unknown = what === 'segment' && loose ? connectionState.new : either;
  return [
    loadMeta('l4proto', 0),
    compare(0, 'equal', tcp),
    loadMeta('iif', 0),
    isIn(lease, 0),
    loadPayload('network', destination, 1),
    isIn('addresses', 0),
    loadPayload('transport', { offset: 13, length: 1 }, 0),
    mask(0, Uint8Array.of(flags.syn | flags.rst)),
    compare(0, 'equal', Uint8Array.of(what === 'reset' ? flags.rst : 0)),
    loadConnectionState(0),
    mask(0, host32(unknown)),
    compare(0, 'not-equal', host32(0)),
    verdict('jump', second),
  ];
}

/** It went in a circle. To whatever comes behind it would begin a connection, which some Pod resets; the client sends it again. */
function hasNoHopLeft(family: TableFamily): readonly Expression[] {
  return [loadPayload('network', facts[family].hopLimit, 0), compare(0, 'at-most', Uint8Array.of(1)), verdict('drop')];
}

function comesFromMember(not?: 'not'): readonly Expression[] {
  return [
    loadMeta('iiftype', 0),
    compare(0, 'equal', ethernet),
    loadPayload('link', { offset: 6, length: 6 }, 0),
    isIn('members', 0, not),
  ];
}

function reset(family: TableFamily): readonly Expression[] {
  return [
    loadMeta('iif', 0),
    loadPayload('network', facts[family].destination, 1),
    isIn('ended', 0),
    loadMeta('l4proto', 0),
    compare(0, 'equal', tcp),
    counter(),
    rejectByReset(),
  ];
}

function count(family: TableFamily): readonly Expression[] {
  const { source, destination, words } = facts[family];
  return [
    loadPayload('network', source, 0),
    loadPayload('transport', { offset: 0, length: 2 }, words),
    loadPayload('network', destination, words + 1),
    loadPayload('transport', { offset: 2, length: 2 }, 2 * words + 1),
    remember('connections', 0, countedForMs),
  ];
}

function forward(family: TableFamily, map: 'direct' | 'passed'): readonly Expression[] {
  return [
    loadMeta('iif', 0),
    loadPayload('network', facts[family].destination, 1),
    lookUp(map, 0, gateway),
    ...handOn(),
  ];
}

/** To the address that `gateway` holds; what it came in by is at 0. */
function handOn(): readonly Expression[] {
  return [lookUp('nics', 0, out), counter(), duplicate(gateway, out), verdict('drop')];
}

/** By which interface, from which Ethernet address, for which address: the key of what comes from a certain member. */
function loadSender(family: TableFamily): readonly Expression[] {
  return [
    loadMeta('iiftype', 0),
    compare(0, 'equal', ethernet),
    loadMeta('iif', 0),
    loadPayload('link', { offset: 6, length: 6 }, 1),
    loadPayload('network', facts[family].destination, 3),
  ];
}
