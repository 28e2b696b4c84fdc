/**
 * What the main thread knows of this node's groups, and who does something about them: one record, which the functions beside it work on. It
 * is whole before the engine's thread is started, so whatever is heard first finds everything there.
 */
import type { VipGroup } from '../../api/vip-group.js';
import type { Logger } from '../../platform/observability/log.js';
import type { BgpManager } from '../bgp/manager.js';
import type { Drainer } from '../draining/drainer.js';
import type { DrainedGroup } from '../draining/state.js';
import type { EngineReport, GroupConfig } from '../engine/messages.js';
import type { EngineThread } from '../engine-thread.js';
import type { History } from '../history/memory.js';
import type { GroupKeys } from '../keys/group-keys.js';
import type { KeyDirectory } from '../keys/key-directory.js';
import type { MemberLog } from '../member-log.js';
import type { Notifier } from '../notify/notifier.js';
import type { SpareMemory } from '../spare-memory.js';
import type { MemberNotes } from '../status/member-notes.js';
import type { Sightings } from '../status/sightings.js';
import type { StatusWriter } from '../status/status-writer.js';
import type { Supervisor } from '../supervisor.js';
import type { GroupFindings } from '../surroundings/group-findings.js';
import type { SurroundingsWatch } from '../surroundings/watch.js';
import type { TrackedCheck } from '../tracking/running-check.js';
import type { Tracker } from '../tracking/tracker.js';

/** What the agent is started with. */
export interface AgentSettings {
  readonly node: string;
  /** Where the agent keeps what it must know after a restart. */
  readonly stateDir: string;
  readonly log: Logger;
  /** Where the programs and files of checks and hooks are; without it none is used. */
  readonly checksDir: string | undefined;
  readonly status: () => StatusWriter | undefined;
  readonly supervisor: Supervisor;
  /** What is to be said of the connections of groups of protocol `bgp`. */
  readonly ofShared: Pick<BgpManager, 'note' | 'connectionsNotKept'>;
}

/** What was made of a group that this node has a part in. */
export interface Part {
  readonly group: VipGroup;
  /** Where it stands, if in a file. */
  readonly file: string | undefined;
  /** As it is while every check passes. */
  readonly config: GroupConfig;
  readonly checks: readonly TrackedCheck[];
  readonly drained: DrainedGroup;
}

export interface GroupsState extends AgentSettings {
  /** By the name of the group. */
  readonly applied: Map<string, Part>;
  /** Groups of protocol `bgp`, whose connections this node keeps together with others, by name. */
  readonly shared: Map<string, { readonly group: VipGroup; readonly drained: DrainedGroup }>;
  readonly groupKeys: GroupKeys;
  readonly sightings: Sightings;
  readonly memberLog: MemberLog;
  readonly memberNotes: MemberNotes;
  readonly history: History;
  readonly findings: GroupFindings;
  readonly surroundings: SurroundingsWatch;
  readonly draining: Drainer;
  readonly tracker: Tracker;
  readonly hooks: Notifier;
  readonly spareMemory: SpareMemory;
  /** Undefined while it was not read for the first time, and where the agent has none. */
  keys: KeyDirectory | undefined;
  /** Undefined until it has started; it is heard before. No group is applied until then. */
  engine: Pick<EngineThread, 'configure'> | undefined;
  /** As the engine said last. */
  scheduling: EngineReport['scheduling'];
  /** Groups have been taken in. */
  configured: boolean;
  /** There are groups but none names this node, and what to do about it. */
  unnamed: { readonly text: string; readonly byHand: boolean } | undefined;
}
