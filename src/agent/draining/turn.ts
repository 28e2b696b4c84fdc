/** What the drainer does whenever something is due. */
import { type Micros, never } from '../../core/time.js';
import { LinuxError } from '../../platform/linux/errno.js';
import type { TableFamily } from '../../platform/linux/nftables/message.js';
import type { Nftables } from '../../platform/linux/nftables/nftables.js';
import type { Logger } from '../../platform/observability/log.js';
import { type Conditions, conditionsOf, switchOff } from './conditions.js';
import { type Wanted, wantedOf } from './contents.js';
import type { DrainingKernel, DrainingProblem } from './contract.js';
import { learnNeighbors } from './neighbors.js';
import { type Located, locate } from './own-address.js';
import { forgetAll, nextQuestion, probe, watch } from './probing.js';
import { type Faults, problemOf, sameFaults } from './problems.js';
import { type Draining, newDraining } from './state.js';
import { newTable, put, remove, removeFormer, type Table } from './table.js';

/** How often tables are renewed, and what is looked at that nobody tells of: Ethernet addresses, windows that end. */
const renewEvery: Micros = 3_000_000;
/** So, while an Ethernet address is not known. */
const lookEvery: Micros = 200_000;
/** How often is looked whether connections can be kept at all. */
const judgeEvery: Micros = 15_000_000;
/** So long what was seen is believed: who flushes all rules takes kube-proxy's as well, which puts them back within half a minute. */
const putBackWithin: Micros = 60_000_000;
/** So long after its start the agent leaves tables of a former life as they are, unless it knows earlier where all groups are: they are leased for longer. */
const settling: Micros = 3_000_000;

export interface Turns {
  readonly kernel: DrainingKernel;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly draining: Draining;
  readonly tables: Map<TableFamily, Table>;
  nftables: Nftables | undefined;
  /** What was wanted when that was last looked at. */
  wanted: Wanted | undefined;
  /** Why connections cannot be kept on this node; why the table of a family is not as it is to be, which is tried again. */
  hindrance: DrainingProblem | undefined;
  faults: Faults;
  /** What the log has of these. */
  told: string | undefined;
  /** Where own addresses are, by themselves; as was found when last was looked. */
  readonly located: Map<string, Located | undefined>;
  loose: boolean;
  families: ReadonlySet<TableFamily>;
  /** When something was last seen to translate for a family. */
  readonly translated: Map<TableFamily, Micros>;
  /** Something has changed that tables depend on. */
  dirty: boolean;
  renewAt: Micros;
  judgeAt: Micros;
  /** When the first table may be made; undefined: nobody has asked yet. */
  beginAt: Micros | undefined;
}

export function newTurns(kernel: DrainingKernel, log: Turns['log']): Turns {
  return {
    kernel,
    log,
    draining: newDraining(),
    tables: new Map(),
    nftables: undefined,
    wanted: undefined,
    hindrance: undefined,
    faults: new Map(),
    told: undefined,
    located: new Map(),
    loose: true,
    families: new Set(),
    translated: new Map(),
    dirty: false,
    renewAt: 0,
    judgeAt: 0,
    beginAt: undefined,
  };
}

/** Whether some group is to keep connections. */
export function isAsked({ draining }: Turns): boolean {
  for (const { window } of draining.groups.values()) if (window > 0) return true;
  return false;
}

/** Whether the tables that were asked for are there. */
export function isKept(t: Turns): boolean {
  const { tables, wanted } = t;
  if (problemOf(t) !== undefined || wanted === undefined || wanted.tables.size === 0) return false;
  return [...wanted.tables.keys()].every((family) => tables.get(family)?.holds !== undefined);
}

/** The families of whose addresses connections go on when they move here. */
export function keptFamilies(t: Turns): readonly TableFamily[] {
  if (!isAsked(t) || t.nftables === undefined || t.hindrance !== undefined) return [];
  return [...t.families].filter((family) => !t.faults.has(family));
}

/** Whether it is known where each group that is to keep connections is, and who leads it. */
function isSettled({ draining: { groups, bindings } }: Turns): boolean {
  for (const [name, { window }] of groups) if (window > 0 && !bindings.has(name)) return false;
  return true;
}

/** Does what is due, and says when the next turn is. */
export function turn(t: Turns): Micros {
  const now = t.kernel.now();
  if (!isAsked(t)) {
    clear(t);
    t.hindrance = undefined;
    t.told = undefined;
    t.judgeAt = 0;
    return never;
  }
  if (now >= t.judgeAt) judge(t, now);
  if (t.nftables === undefined || t.hindrance !== undefined) return t.judgeAt;
  t.dirty = locate(t) || t.dirty;
  t.beginAt ??= now + settling;
  if (now < t.beginAt && !isSettled(t)) return Math.min(t.beginAt, t.judgeAt);
  t.beginAt = now;
  probe(t, now);
  if (t.dirty || now >= t.renewAt) bringUpToDate(t, t.nftables, now);
  return Math.min(t.renewAt, t.judgeAt, nextQuestion(t.draining));
}

/** Takes away tables of a former life, where nobody asks for any. */
export function removeFormerTables(t: Turns): void {
  t.nftables ??= t.kernel.openNftables();
  for (const family of ['ip', 'ip6'] as const) removeFormer(t.nftables, family);
}

function judge(t: Turns, now: Micros): void {
  const conditions = conditionsNow(t);
  t.judgeAt = now + judgeEvery;
  t.located.clear();
  if (conditions.ok) for (const family of conditions.families) t.translated.set(family, now);
  const families = [...t.translated].filter(([, at]) => at + putBackWithin > now).map(([family]) => family);
  t.dirty ||= families.join() !== [...t.families].join();
  t.families = new Set(families);
  if (conditions.ok) t.loose = conditions.loose;
  // What tells conntrack nothing was not flushed: nobody puts it back.
  if (conditions.ok || (conditions.reason !== 'NoConntrack' && families.length > 0)) {
    t.hindrance = undefined;
  } else {
    if (t.hindrance?.message !== conditions.message) t.hindrance = conditions;
    clear(t);
  }
  tell(t);
}

function conditionsNow(t: Turns): Conditions | ({ readonly ok: false } & DrainingProblem) {
  try {
    t.nftables ??= t.kernel.openNftables();
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    const message = `nf_tables cannot be used (${error.message}): load the module nf_tables, or ${switchOff}`;
    return { ok: false, reason: 'NoNftables', message };
  }
  return conditionsOf({ ...t.kernel.node, nftables: t.nftables });
}

function bringUpToDate(t: Turns, nftables: Nftables, now: Micros): void {
  t.renewAt = now + renewEvery;
  const before = t.wanted === undefined || t.dirty || now >= t.wanted.until ? wantedOf(t.draining, now) : t.wanted;
  const { missing, changed } = learnNeighbors(t.draining, t.kernel, before);
  if (missing) t.renewAt = now + lookEvery;
  const wanted = changed ? wantedOf(t.draining, now) : before; // there may be thousands of addresses
  t.wanted = wanted;
  watch(t, wanted, now);
  const faults = new Map<TableFamily, DrainingProblem>();
  for (const [family, contents] of wanted.tables) {
    if (!t.families.has(family)) {
      const message = `kube-proxy has no rules for ${familyNames[family]} here: have it serve that family, or ${switchOff} for it`;
      faults.set(family, { reason: 'NoTranslation', message });
      continue;
    }
    const table = t.tables.get(family) ?? newTable(family, nftables);
    t.tables.set(family, table);
    const fault = put(table, contents, t.loose, now);
    if (fault !== undefined) faults.set(family, fault);
  }
  for (const [family, table] of t.tables) if (!wanted.tables.has(family) || !t.families.has(family)) remove(table);
  if (!sameFaults(t.faults, faults)) t.faults = faults;
  t.dirty = false; // not before all of it is done
  tell(t);
}

const familyNames = { ip: 'IPv4', ip6: 'IPv6' } as const;

function clear(t: Turns): void {
  for (const table of t.tables.values()) remove(table);
  t.tables.clear();
  forgetAll(t);
  t.wanted = undefined;
  if (t.faults.size > 0) t.faults = new Map(); // else nothing is to be told anew
  t.dirty = true;
}

function tell(t: Turns): void {
  const problem = problemOf(t);
  if (t.told === problem?.message) return;
  t.told = problem?.message;
  if (problem === undefined) {
    t.log.info('connections are kept over moves again', {});
    return;
  }
  const isSaid = [...t.draining.groups.values()].some((group) => group.isSaid && group.window > 0);
  const level = problem.reason === 'NoTranslation' && !isSaid ? 'info' : 'warn';
  t.log[level]('connections are not kept over moves', { reason: problem.reason, explanation: problem.message });
}
