/**
 * The agent's BGP on the main thread: objects, groups and what the node is come in, and the thread of routing protocols, which is started
 * with the first session, is told what follows from them; what it says goes to the log and to whoever shows it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { BgpPeer } from '../../api/bgp-peer.js';
import type { VipGroup } from '../../api/vip-group.js';
import type { Clock } from '../../platform/kubernetes/clock.js';
import type { Logger } from '../../platform/observability/log.js';
import type { Farewell, PeerReport, RoutingEvent } from '../engine/routing/contract.js';
import type { BgpObjects } from '../sources/bgp-source.js';
import type { NodeView } from '../sources/node-view.js';
import { isNews, type MemberNote } from '../status/member-notes.js';
import type { Supervisor } from '../supervisor.js';
import { type OwnNics, readOwnNics } from './own-nics.js';
import { passwordFrom } from './passwords.js';
import { type Plan, planOf } from './plan.js';
import { type ConnectBfd, createRoutingKeeper, type RoutingKeeper, type StartRouting } from './routing-keeper.js';
import { countersOf, forgetThread, hearOf, newSessions, type Sessions, tellOfProblems, viewsOf } from './sessions.js';
import {
  newSpeakerState,
  nextDeadline,
  type SpeakerCommand,
  type SpeakerState,
  useGroups,
  usePlan,
  wholeState,
} from './speaker-state.js';
import type { BgpCounters } from './summed-counters.js';
import { type GroupView, groupView, type PeerView } from './views.js';

/** How often a Secret is read again in which there is no password that can be used, in milliseconds. */
const lookAtSecretsMs = 3_000;
/** How often is looked whether the node has other NICs or addresses, while there are sessions. */
const lookAtNicsMs = 5_000;

export interface BgpManager {
  /** Takes in what there is to speak by, whole. */
  configure(objects: BgpObjects): void;
  /** Takes in all groups, whatever their protocol. */
  groups(groups: ReadonlyMap<string, VipGroup>): void;
  /** What is to be said of the connections of a group; undefined: nothing any more. */
  note(group: string, note: MemberNote | undefined): void;
  /** Why connections of a group are not kept, for a person; undefined: they are, or need not be. */
  connectionsNotKept(group: string, why: string | undefined): void;
  /** Objects and groups are all there is: routers may be told so. */
  complete(): void;
  /** Whether this node is being taken out of service; undefined while it is not. */
  leaving(): NodeView['leaving'];
  /** Leaves all routers; resolves when that is done, or took too long. Nothing is told to routers afterwards. */
  leave(farewell: Farewell): Promise<void>;
  peers(): readonly PeerView[];
  /** This node's part in a group; undefined: none. */
  group(name: string): GroupView | undefined;
  groupNames(): Iterable<string>;
  local(): Plan['local'];
  counters(): BgpCounters;
  threadDeaths(): number;
  /** What is wrong with the speaker as a whole, each a sentence. */
  problems(): readonly string[];
  end(): Promise<void>;
}

/** What the manager is made of. */
interface Parts {
  readonly start: StartRouting;
  readonly connectBfd: ConnectBfd;
  readonly changed: () => void;
  readonly supervisor: Pick<Supervisor, 'attempt'>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly readNics?: () => OwnNics;
}

interface ManagerState extends Pick<Required<Parts>, 'changed' | 'log' | 'clock' | 'readNics'> {
  readonly speaker: SpeakerState;
  readonly sessions: Sessions;
  readonly keeper: RoutingKeeper;
  readonly notes: Map<string, MemberNote>;
  /** Why connections of groups are not kept. */
  readonly notKept: Map<string, string>;
  objects: BgpObjects | undefined;
  nics: OwnNics;
  /** How routers are being left: nothing is told to them any more. */
  left: Farewell['how'] | undefined;
  cancelWait: () => void;
  cancelDoubt: () => void;
  /** At the node's NICs, while there are BgpPeers. */
  looking: NodeJS.Timeout | undefined;
}

/** @param o.changed sessions, or groups by what became of sessions, may stand otherwise than before */
export function createBgpManager(o: Parts): BgpManager {
  const state = newState(o);
  const { speaker, sessions, keeper } = state;
  return {
    configure: (objects) => configure(state, objects),
    groups(groups) {
      lookAtGroups(state, new Map([...groups].filter(([, { spec }]) => spec.protocol === 'bgp')));
      state.changed();
    },
    note(group, note) {
      if (!isNews(state.notes.get(group), note)) return;
      if (note === undefined) state.notes.delete(group);
      else state.notes.set(group, note);
      state.changed();
    },
    connectionsNotKept(group, why) {
      if (state.notKept.get(group) === why) return;
      if (why === undefined) state.notKept.delete(group);
      else state.notKept.set(group, why);
      state.changed();
    },
    complete() {
      if (speaker.complete) return;
      speaker.complete = true;
      send(state, [{ type: 'complete' }]);
    },
    leaving: () => state.objects?.node.leaving,
    leave: (farewell) => leave(state, farewell),
    peers: () => viewsOf(sessions, speaker.plan),
    group(name) {
      const standing = speaker.standings.get(name);
      const [note, notKept] = [state.notes.get(name), state.notKept.get(name)];
      return standing && groupView(standing, viewsOf(sessions, speaker.plan), { note, notKept });
    },
    groupNames: () => speaker.standings.keys(),
    local: () => speaker.plan?.local,
    counters: () => countersOf(sessions),
    threadDeaths: keeper.deaths,
    problems: () =>
      [keeper.problem(), sessions.listener?.message, ...viewsOf(sessions, speaker.plan).map(problemText)].filter(
        (each) => each !== undefined,
      ),
    async end() {
      state.cancelWait();
      state.cancelDoubt();
      clearInterval(state.looking);
      await keeper.end();
    },
  };
}

function newState(o: Parts): ManagerState {
  const { changed, log, clock } = o;
  const speaker = newSpeakerState();
  const sessions = newSessions(log);
  const keeper = createRoutingKeeper({
    start: o.start,
    connectBfd: o.connectBfd,
    replay: (command) => wholeState(speaker).forEach(command),
    event: (event) => o.supervisor.attempt('bgp', () => hear(state, event)),
    died() {
      forgetThread(sessions);
      changed();
    },
    log,
    clock,
  });
  const state: ManagerState = {
    changed,
    log,
    clock,
    readNics: o.readNics ?? readOwnNics,
    speaker,
    sessions,
    keeper,
    notes: new Map(),
    notKept: new Map(),
    objects: undefined,
    nics: { names: [], addresses: [] },
    left: undefined,
    cancelWait() {},
    cancelDoubt() {},
    looking: undefined,
  };
  return state;
}

function configure(state: ManagerState, objects: BgpObjects): void {
  state.objects = objects;
  if (objects.peers.size > 0) {
    state.nics = state.readNics();
    state.looking ??= setInterval(lookAtNics, lookAtNicsMs, state).unref();
  }
  replan(state);
}

function lookAtNics(state: ManagerState): void {
  const found = state.readNics();
  if (isDeepStrictEqual(found, state.nics)) return;
  state.nics = found;
  replan(state);
}

function replan(state: ManagerState): void {
  const { objects, speaker, nics, clock } = state;
  if (objects === undefined) return;
  const { conf, confProblem, peers, node, secret, secretsIn } = objects;
  const before = speaker.plan;
  const password = (peer: BgpPeer) =>
    passwordFrom(peer, secret, secretsIn, before?.peers.get(peer.metadata.name)?.settings?.password);
  const plan = planOf({ conf, confProblem, peers: peers.values(), node, nics, password, before });
  const commands = usePlan(speaker, plan, clock.now());
  if (plan.speaker.peers.length > 0 && state.left === undefined) state.keeper.want();
  send(state, commands);
  lookAtGroups(state, speaker.groups);
  doubtSpoilt(state);
  tellOfProblems(state.sessions, plan);
  state.changed();
}

function lookAtGroups(state: ManagerState, groups: ReadonlyMap<string, VipGroup>): void {
  const { objects, speaker, clock } = state;
  if (objects === undefined) {
    speaker.groups = groups;
    return;
  }
  send(state, useGroups(speaker, groups, objects.node, { now: clock.now(), drainWait: drainWaitMs(state) }));
  state.cancelWait();
  const deadline = nextDeadline(speaker);
  if (deadline === undefined) return;
  state.cancelWait = clock.after(Math.max(0, deadline - clock.now()), () => {
    lookAtGroups(state, speaker.groups);
    state.changed();
  });
}

/** Of the configuration that is in force. */
function drainWaitMs({ speaker }: ManagerState): number {
  return (speaker.plan?.speaker.drainWait ?? 0) / 1000;
}

function send({ left, keeper }: ManagerState, commands: readonly SpeakerCommand[]): void {
  if (left === undefined) commands.forEach(keeper.command);
}

function hear(state: ManagerState, event: RoutingEvent): void {
  if (!hearOf(state.sessions, event)) return;
  if (event.type === 'peer') doubtPassword(state, event.report);
  tellOfProblems(state.sessions, state.speaker.plan);
  state.changed();
}

/** Whoever changes a password changes it on the router, too: without an answer there the Secret is worth another look. */
function doubtPassword({ objects }: ManagerState, { peer, state: session, problem }: PeerReport): void {
  const secret = objects?.peers.get(peer)?.spec.conf?.passwordSecret;
  if (secret !== undefined && session !== 'Established' && problem !== undefined) objects?.doubtSecret?.(secret.name);
}

/** As long as a Secret has no password that can be used, somebody is about to mend it. */
function doubtSpoilt(state: ManagerState): void {
  state.cancelDoubt();
  const doubt = state.objects?.doubtSecret;
  const spoilt = [...(state.speaker.plan?.peers.values() ?? [])].flatMap(({ peer, problem }) =>
    problem?.reason.startsWith('Secret') ? (peer.spec.conf?.passwordSecret?.name ?? []) : [],
  );
  if (doubt === undefined || spoilt.length === 0) return;
  for (const name of new Set(spoilt)) doubt(name);
  state.cancelDoubt = state.clock.after(lookAtSecretsMs, () => doubtSpoilt(state));
}

async function leave(state: ManagerState, farewell: Farewell): Promise<void> {
  const { left, keeper, log } = state;
  // Who is in a hurry cuts a drain short. A restart is quick, and routers that are told nothing keep their routes over it.
  if (left !== undefined && !(left === 'drain' && farewell.how === 'at-once')) return;
  state.left = farewell.how;
  const waitMs = leaveBoundsMs[farewell.how] + (farewell.how === 'drain' ? drainWaitMs(state) : 0);
  const outcome = await keeper.leave(farewell, waitMs);
  if (outcome === 'late') log.warn('routers were not all left in time', { how: farewell.how, waitMs });
}

/** How long leaving may take, in milliseconds; a drain beyond what it waits for routers to go over to others. */
const leaveBoundsMs = { drain: 5_000, restart: 5_000, 'at-once': 500 } as const;

function problemText({ name, problem }: PeerView): string | undefined {
  return problem && `BgpPeer ${name}: ${problem.message}`;
}
