/**
 * Writes this node's part of each VipGroup's status: only what changed, several changes as one, tried again until it is done.
 */
import type { FormerMember, VipGroup, VipGroupStatus } from '../../api/vip-group.js';
import { ApiError, hasStatus, isAbsent } from '../../platform/kubernetes/api-error.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { isOlderVersion } from '../../platform/kubernetes/object-store.js';
import { createWorkQueue, type WorkQueue } from '../../platform/kubernetes/work-queue.js';
import { describeError, type Logger } from '../../platform/observability/log.js';
import type { Sighting } from '../engine/messages.js';
import type { Remembered } from '../history/remembered.js';
import { vipGroups } from '../sources/kubernetes-groups.js';
import type { Finding } from '../surroundings/findings.js';
import { isBehind } from './behind.js';
import { agentFieldManager } from './field-manager.js';
import type { NotedReport } from './member-notes.js';
import {
  formerOf,
  isEffaced,
  leftCondition,
  type MemberRecord,
  newRecord,
  statusOf,
  withFindings,
  withoutOldSightings,
  withReport,
  withSighting,
  withTransition,
} from './member-status.js';

/**
 * How often to look for sightings that are over, and for groups that do not show what this node wrote: when two nodes led for a moment,
 * the loser may have written last, and the controller takes back what an agent said that it has not heard of for a while. Two that both
 * go on leading, as in a partition, write this often at most.
 */
const defaultSweepMs = 2_000;
/**
 * How many sweeps a watch may be late with what was written: an API server that has more to do than it can would be asked to write it again and
 * again. After so many the store is another one, whose versions have gone back.
 */
const lateSweeps = 15;
/** Of so many groups that this node has left it is known what it did in them, for what it still hears of them or when it joins them again. */
const mostFormer = 256;

export interface StatusWriter {
  report(report: NotedReport): void;
  /** A change of state. Of a member a report follows: it is written with that. @param isMember false: of a group that this node has left */
  transition(remembered: Remembered, isMember: boolean): void;
  sighting(sighting: Sighting): void;
  /** What is in the way of a group on this node, in place of what was before. */
  findings(group: string, findings: readonly Finding[]): void;
  refused(group: string, problem: string | undefined): void;
  /** This node has no part in the group any more: what it wrote is taken back, but for when it led. */
  withdraw(group: string): void;
  /** Whether something that there is to say could not be said at once. */
  isBehind(): boolean;
  /** Resolves when everything was written, or tried once. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

interface Written {
  readonly text: string;
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly version: string | undefined;
}

export interface StatusWriterOptions {
  readonly client: ApiClient;
  readonly node: string;
  /** The group as the watch has it. */
  readonly latest: (group: string) => VipGroup | undefined;
  readonly log: Logger;
  readonly sweepMs?: number;
}

interface State extends Required<StatusWriterOptions> {
  readonly records: Map<string, MemberRecord>;
  /** Of groups that this node has left, those that it led. */
  readonly former: Map<string, FormerMember>;
  /** What was last written for a group, as JSON, when, and the version that came of it. */
  readonly written: Map<string, Written>;
  readonly queue: WorkQueue;
}

export function createStatusWriter(o: StatusWriterOptions): StatusWriter {
  const s: State = {
    sweepMs: defaultSweepMs,
    ...o,
    records: new Map(),
    former: new Map(),
    written: new Map(),
    queue: createWorkQueue({
      reconcile: (group) => write(s, group),
      concurrency: 4,
      onError: (group, error, { attempts, retryMs }) => {
        const fields = { group, attempts, retryMs, error: describeError(error) };
        if (attempts === 1) o.log.warn('status not written, trying again', fields);
        else o.log.debug('status not written, trying again', fields);
      },
    }),
  };
  const sweeping = setInterval(() => sweep(s), s.sweepMs).unref();
  return {
    report: (report) =>
      update(s, report.group, (record, now) => withReport(record, report, s.node, s.latest(report.group)?.status, now)),
    transition(remembered, isMember) {
      const { group } = remembered;
      if (isMember) s.records.set(group, withTransition(recordOf(s, group, nowText()), remembered));
      else leftTransition(s, remembered);
    },
    sighting: (sighting) => update(s, sighting.group, (record, now) => withSighting(record, sighting, now)),
    findings: (group, findings) => {
      if (s.records.has(group)) update(s, group, (record, now) => withFindings(record, findings, now));
    },
    refused: (group, problem) => update(s, group, (record) => ({ ...record, refused: problem })),
    withdraw(group) {
      const record = s.records.get(group);
      if (record === undefined) return;
      s.records.delete(group);
      remember(s, group, formerOf(record, s.node, nowText()));
      s.queue.add(group);
    },
    isBehind: () => isBehind(s.queue),
    idle: () => s.queue.idle(),
    close() {
      clearInterval(sweeping);
      return s.queue.close();
    },
  };
}

function update(s: State, group: string, change: (record: MemberRecord, now: string) => MemberRecord): void {
  const now = nowText();
  s.records.set(group, change(recordOf(s, group, now), now));
  s.queue.add(group);
}

function recordOf({ records, former }: State, group: string, now: string): MemberRecord {
  const known = records.get(group) ?? newRecord(now, former.get(group));
  former.delete(group);
  return known;
}

/** The last to come of a group that this node has left, such as that it leads no more. */
function leftTransition(s: State, remembered: Remembered): void {
  const { group } = remembered;
  const former = s.former.get(group);
  if (former === undefined) return;
  remember(s, group, withTransition(former, remembered));
  s.queue.add(group);
}

/** The oldest goes for a new one. */
function remember({ former }: State, group: string, member: FormerMember | undefined): void {
  former.delete(group);
  if (member !== undefined) former.set(group, member);
  if (former.size > mostFormer) former.delete(former.keys().next().value!);
}

/** What this node has to say of a group; undefined: nothing. */
function ownStatus({ records, former, node }: State, group: string): VipGroupStatus | undefined {
  const record = records.get(group);
  if (record !== undefined) return statusOf(record, node);
  const member = former.get(group);
  return member && { formerMembers: [member] };
}

async function write(s: State, group: string): Promise<void> {
  const status = ownStatus(s, group);
  const text = JSON.stringify(status ?? {});
  if (s.written.get(group)?.text === text) return takeBackLeft(s, group);
  let version: string | undefined;
  try {
    const options = { fieldManager: agentFieldManager(s.node), force: true, subresource: 'status' };
    // An empty status is made null by servers (seen with 1.36), which they refuse then; without any they take away what was there.
    const body = status === undefined ? {} : { status };
    const answer = await s.client.apply<VipGroup | undefined>(vipGroups, group, body, options);
    version = answer?.metadata?.resourceVersion;
  } catch (error) {
    if (!isAbsent(error)) {
      s.written.delete(group); // it may have been done all the same
      // Rather than what it says now, what it said as a member is to go.
      if (status?.formerMembers !== undefined && isRefusal(error)) s.former.delete(group);
      throw error;
    }
    // Deleted meanwhile: nobody wants to know any more.
    s.former.delete(group);
  }
  if (status?.members === undefined) s.written.delete(group);
  else s.written.set(group, { text, at: performance.now(), version });
}

/**
 * As a server answers whose CRD, or a controller whose webhook, is older than this agent. Of an apply with a field that its schema has not,
 * servers say that they have failed themselves (500), as they do when their store is slow.
 */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return [400, 403, 422].includes(error.status) || error.message.includes('not declared in schema');
}

/** What this node says no more and is shown all the same. */
function left(s: State, group: string): ReturnType<typeof leftCondition> {
  const record = s.records.get(group);
  return record === undefined || !hasArrived(s, group)
    ? undefined
    : leftCondition(record, s.node, s.latest(group)?.status);
}

async function takeBackLeft(s: State, group: string): Promise<void> {
  const found = left(s, group);
  if (found === undefined) return;
  const path = `/status/conditions/${found.at}`;
  const operations = [
    { op: 'test', path: `${path}/message`, value: found.message },
    { op: 'remove', path },
  ] as const;
  try {
    await s.client.jsonPatch(vipGroups, group, operations, {
      fieldManager: agentFieldManager(s.node),
      subresource: 'status',
    });
  } catch (error) {
    // The list is another by now: the next look finds what is left.
    if (!isAbsent(error) && !hasStatus(error, 409) && !hasStatus(error, 422)) throw error;
  }
}

/** The watch has had time to bring back what was written, and has. */
function hasArrived({ written, latest, sweepMs }: State, group: string): boolean {
  const wrote = written.get(group);
  if (wrote === undefined) return false;
  const isLate = isOlderVersion(latest(group)?.metadata.resourceVersion, wrote.version);
  return performance.now() - wrote.at >= (isLate ? lateSweeps : 1) * sweepMs;
}

function sweep(s: State): void {
  for (const [group, record] of s.records) {
    const shown = s.latest(group);
    const current = withoutOldSightings(record, Date.now(), shown?.spec.vrrp?.virtualRouterId);
    const effaced = hasArrived(s, group) && shown !== undefined && isEffaced(current, s.node, shown.status);
    if (effaced) s.written.delete(group);
    if (current === record && !effaced && left(s, group) === undefined) continue;
    s.records.set(group, current);
    s.queue.add(group);
  }
}

function nowText(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
