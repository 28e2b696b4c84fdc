/**
 * Writes this node's part of each VipGroup's status: only what changed, several changes as one, tried again until it is done.
 */
import type { VipGroup } from '../../api/vip-group.js';
import { hasStatus, isAbsent } from '../../platform/kubernetes/api-error.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { isOlderVersion } from '../../platform/kubernetes/object-store.js';
import { createWorkQueue } from '../../platform/kubernetes/work-queue.js';
import { describeError, type Logger } from '../../platform/observability/log.js';
import type { Sighting } from '../engine/messages.js';
import type { Remembered } from '../history/remembered.js';
import { vipGroups } from '../sources/kubernetes-groups.js';
import type { Finding } from '../surroundings/findings.js';
import { agentFieldManager } from './field-manager.js';
import type { NotedReport } from './member-notes.js';
import {
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

export interface StatusWriter {
  report(report: NotedReport): void;
  /** A change of state, of which a report follows: it is written with that. */
  transition(remembered: Remembered): void;
  sighting(sighting: Sighting): void;
  /** What is in the way of a group on this node, in place of what was before. */
  findings(group: string, findings: readonly Finding[]): void;
  refused(group: string, problem: string | undefined): void;
  /** This node has no part in the group any more: what it wrote is taken back. */
  withdraw(group: string): void;
  /** Resolves when everything was written, or tried once. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function createStatusWriter(o: {
  readonly client: ApiClient;
  readonly node: string;
  readonly latest: (group: string) => VipGroup | undefined;
  readonly log: Logger;
  readonly sweepMs?: number;
}): StatusWriter {
  const { sweepMs = defaultSweepMs } = o;
  const records = new Map<string, MemberRecord>();
  /** What was last written for a group, as JSON, when, and the version that came of it. */
  const written = new Map<string, Written>();
  const queue = createWorkQueue({
    reconcile: write,
    concurrency: 4,
    onError: (group, error, { attempts, retryMs }) => {
      const fields = { group, attempts, retryMs, error: describeError(error) };
      if (attempts === 1) o.log.warn('status not written, trying again', fields);
      else o.log.debug('status not written, trying again', fields);
    },
  });

  async function write(group: string): Promise<void> {
    const record = records.get(group);
    const status = record === undefined ? {} : statusOf(record, o.node);
    const text = JSON.stringify(status);
    if (written.get(group)?.text === text) return takeBackLeft(group);
    let version: string | undefined;
    try {
      const options = { fieldManager: agentFieldManager(o.node), force: true, subresource: 'status' };
      // An empty status is made null by servers (seen with 1.36), which they refuse then; without any they take away what was there.
      const body = record === undefined ? {} : { status };
      const answer = await o.client.apply<VipGroup | undefined>(vipGroups, group, body, options);
      version = answer?.metadata?.resourceVersion;
    } catch (error) {
      if (!isAbsent(error)) {
        written.delete(group); // it may have been done all the same
        throw error;
      }
      // Deleted meanwhile: nobody wants to know any more.
    }
    if (record === undefined) written.delete(group);
    else written.set(group, { text, at: performance.now(), version });
  }

  /** What this node says no more and is shown all the same. */
  function left(group: string): ReturnType<typeof leftCondition> {
    const record = records.get(group);
    return record === undefined || !hasArrived(group)
      ? undefined
      : leftCondition(record, o.node, o.latest(group)?.status);
  }

  async function takeBackLeft(group: string): Promise<void> {
    const found = left(group);
    if (found === undefined) return;
    const path = `/status/conditions/${found.at}`;
    const operations = [
      { op: 'test', path: `${path}/message`, value: found.message },
      { op: 'remove', path },
    ] as const;
    try {
      await o.client.jsonPatch(vipGroups, group, operations, {
        fieldManager: agentFieldManager(o.node),
        subresource: 'status',
      });
    } catch (error) {
      // The list is another by now: the next look finds what is left.
      if (!isAbsent(error) && !hasStatus(error, 409) && !hasStatus(error, 422)) throw error;
    }
  }

  /** The watch has had time to bring back what was written, and has. */
  const hasArrived = (group: string) => {
    const wrote = written.get(group);
    if (wrote === undefined) return false;
    const isLate = isOlderVersion(o.latest(group)?.metadata.resourceVersion, wrote.version);
    return performance.now() - wrote.at >= (isLate ? lateSweeps : 1) * sweepMs;
  };

  const sweep = setInterval(() => {
    for (const [group, record] of records) {
      const shown = o.latest(group);
      const current = withoutOldSightings(record, Date.now(), shown?.spec.vrrp?.virtualRouterId);
      const effaced = hasArrived(group) && shown !== undefined && isEffaced(current, o.node, shown.status);
      if (effaced) written.delete(group);
      if (current === record && !effaced && left(group) === undefined) continue;
      records.set(group, current);
      queue.add(group);
    }
  }, sweepMs).unref();

  function update(group: string, change: (record: MemberRecord, now: string) => MemberRecord): void {
    const now = nowText();
    records.set(group, change(records.get(group) ?? newRecord(now), now));
    queue.add(group);
  }

  return {
    report: (report) =>
      update(report.group, (record, now) => withReport(record, report, o.node, o.latest(report.group)?.status, now)),
    transition(remembered) {
      const { group } = remembered;
      records.set(group, withTransition(records.get(group) ?? newRecord(nowText()), remembered));
    },
    sighting: (sighting) => update(sighting.group, (record, now) => withSighting(record, sighting, now)),
    findings: (group, findings) => {
      if (records.has(group)) update(group, (record, now) => withFindings(record, findings, now));
    },
    refused: (group, problem) => update(group, (record) => ({ ...record, refused: problem })),
    withdraw(group) {
      if (records.delete(group)) queue.add(group);
    },
    idle: () => queue.idle(),
    close() {
      clearInterval(sweep);
      return queue.close();
    },
  };
}

interface Written {
  readonly text: string;
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly version: string | undefined;
}

function nowText(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
