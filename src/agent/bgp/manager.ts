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
import type { Supervisor } from '../supervisor.js';
import { type OwnNics, readOwnNics } from './own-nics.js';
import { passwordFrom, unread } from './passwords.js';
import { type Plan, planOf } from './plan.js';
import type { PeerProblem } from './problem.js';
import { type ConnectBfd, createRoutingKeeper, type StartRouting } from './routing-keeper.js';
import { newSpeakerState, nextDeadline, type SpeakerCommand, useGroups, usePlan, wholeState } from './speaker-state.js';
import { type BgpCounters, summedCounters } from './summed-counters.js';
import { type GroupView, groupView, type PeerView, peerViews } from './views.js';

/** How often a Secret is read again in which there is no password that can be used, in milliseconds. */
const lookAtSecretsMs = 3_000;
/** How often is looked whether the node has other NICs or addresses, while there are sessions. */
const lookAtNicsMs = 5_000;

export interface BgpManager {
  /** Takes in what there is to speak by, whole. */
  configure(objects: BgpObjects): void;
  /** Takes in all groups, whatever their protocol. */
  groups(groups: ReadonlyMap<string, VipGroup>): void;
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

/** @param o.changed sessions, or groups by what became of sessions, may stand otherwise than before */
export function createBgpManager(o: {
  readonly start: StartRouting;
  readonly connectBfd: ConnectBfd;
  readonly changed: () => void;
  readonly supervisor: Pick<Supervisor, 'attempt'>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly readNics?: () => OwnNics;
}): BgpManager {
  const { clock, log } = o;
  const readNics = o.readNics ?? readOwnNics;
  const state = newSpeakerState();
  const reports = new Map<string, PeerReport>();
  const told = new Map<string, string>();
  /** Of threads that are gone, and of the one that runs. */
  let counted: { before: BgpCounters; now: BgpCounters } = { before: {}, now: {} };
  let objects: BgpObjects | undefined;
  let nics: OwnNics = { names: [], addresses: [] };
  let listener: PeerProblem | undefined;
  let left: Farewell['how'] | undefined;
  let cancelWait: (() => void) | undefined;
  let cancelDoubt: (() => void) | undefined;
  let looking: NodeJS.Timeout | undefined;

  const keeper = createRoutingKeeper({
    start: o.start,
    connectBfd: o.connectBfd,
    replay: (send) => wholeState(state).forEach(send),
    event: (event) => o.supervisor.attempt('bgp', () => hear(event)),
    died() {
      reports.clear();
      listener = undefined;
      counted = { before: summedCounters(counted.before, counted.now), now: {} };
      o.changed();
    },
    log,
    clock,
  });

  function hear(event: RoutingEvent): void {
    switch (event.type) {
      case 'peer':
        reports.set(event.report.peer, event.report);
        doubtPassword(event.report);
        break;
      case 'peer-gone':
        reports.delete(event.peer);
        break;
      case 'listener':
        if (event.problem?.message !== listener?.message) tellOfListener(event.problem);
        listener = event.problem;
        break;
      case 'log':
        log[event.level](event.message, event.fields);
        return;
      case 'counters':
        counted = { ...counted, now: event.counters };
        return;
    }
    tellOfProblems();
    o.changed();
  }

  function tellOfListener(problem: PeerProblem | undefined): void {
    if (problem === undefined) log.info('connections of routers are taken again', {});
    else log.warn('connections of routers are not taken', { reason: problem.reason, explanation: problem.message });
  }

  /** Whoever changes a password changes it on the router, too: without an answer there the Secret is worth another look. */
  function doubtPassword({ peer, state: session, problem }: PeerReport): void {
    const secret = objects?.peers.get(peer)?.spec.conf?.passwordSecret;
    if (secret !== undefined && session !== 'Established' && problem !== undefined) objects?.doubtSecret?.(secret.name);
  }

  function send(commands: readonly SpeakerCommand[]): void {
    if (left === undefined) commands.forEach(keeper.command);
  }

  function replan(): void {
    if (objects === undefined) return;
    const { conf, confProblem, peers, node, secret, secretsIn } = objects;
    const before = state.plan;
    const password = (peer: BgpPeer) =>
      passwordFrom(peer, secret, secretsIn, before?.peers.get(peer.metadata.name)?.settings?.password);
    const plan = planOf({ conf, confProblem, peers: peers.values(), node, nics, password, before });
    const commands = usePlan(state, plan, clock.now());
    if (plan.speaker.peers.length > 0 && left === undefined) keeper.want();
    send(commands);
    lookAtGroups(state.groups);
    doubtSpoilt();
    tellOfProblems();
    o.changed();
  }

  /** As long as a Secret has no password that can be used, somebody is about to mend it. */
  function doubtSpoilt(): void {
    cancelDoubt?.();
    cancelDoubt = undefined;
    const doubt = objects?.doubtSecret;
    const spoilt = [...(state.plan?.peers.values() ?? [])].flatMap(({ peer, problem }) =>
      problem?.reason.startsWith('Secret') ? (peer.spec.conf?.passwordSecret?.name ?? []) : [],
    );
    if (doubt === undefined || spoilt.length === 0) return;
    for (const name of new Set(spoilt)) doubt(name);
    cancelDoubt = clock.after(lookAtSecretsMs, doubtSpoilt);
  }

  function lookAtGroups(groups: ReadonlyMap<string, VipGroup>): void {
    if (objects === undefined) {
      state.groups = groups;
      return;
    }
    send(useGroups(state, groups, objects.node, { now: clock.now(), drainWait: drainWaitMs() }));
    cancelWait?.();
    const deadline = nextDeadline(state);
    cancelWait =
      deadline === undefined
        ? undefined
        : clock.after(Math.max(0, deadline - clock.now()), () => {
            lookAtGroups(state.groups);
            o.changed();
          });
  }

  /** Of the configuration that is in force. */
  function drainWaitMs(): number {
    return (state.plan?.speaker.drainWait ?? 0) / 1000;
  }

  function lookAtNics(): void {
    const found = readNics();
    if (isDeepStrictEqual(found, nics)) return;
    nics = found;
    replan();
  }

  /** Once for each problem, and when it is over. */
  function tellOfProblems(): void {
    const views = peerViews(state.plan, reports, listener);
    for (const { name, problem } of views) {
      const before = told.get(name);
      if (problem === undefined) {
        if (told.delete(name)) log.info('nothing is wrong with a BGP session any more', { peer: name });
      } else if (before !== problem.message && problem.reason !== unread) {
        told.set(name, problem.message);
        log.warn('BGP session not as it should be', {
          peer: name,
          reason: problem.reason,
          explanation: problem.message,
        });
      }
    }
    const names = new Set(views.map(({ name }) => name));
    for (const name of told.keys()) if (!names.has(name)) told.delete(name);
  }

  return {
    configure(found) {
      objects = found;
      nics = found.peers.size === 0 ? nics : readNics();
      if (found.peers.size > 0) looking ??= setInterval(lookAtNics, lookAtNicsMs).unref();
      replan();
    },
    groups(groups) {
      const bgp = new Map([...groups].filter(([, { spec }]) => spec.protocol === 'bgp'));
      lookAtGroups(bgp);
      o.changed();
    },
    complete() {
      if (state.complete) return;
      state.complete = true;
      send([{ type: 'complete' }]);
    },
    leaving: () => objects?.node.leaving,
    async leave(farewell) {
      // Who is in a hurry cuts a drain short. A restart is quick, and routers that are told nothing keep their routes over it.
      if (left !== undefined && !(left === 'drain' && farewell.how === 'at-once')) return;
      left = farewell.how;
      const waitMs = leaveBoundsMs[farewell.how] + (farewell.how === 'drain' ? drainWaitMs() : 0);
      const outcome = await keeper.leave(farewell, waitMs);
      if (outcome === 'late') log.warn('routers were not all left in time', { how: farewell.how, waitMs });
    },
    peers: () => peerViews(state.plan, reports, listener),
    group(name) {
      const standing = state.standings.get(name);
      return standing && groupView(standing, peerViews(state.plan, reports, listener));
    },
    groupNames: () => state.standings.keys(),
    local: () => state.plan?.local,
    counters: () => summedCounters(counted.before, counted.now),
    threadDeaths: keeper.deaths,
    problems: () =>
      [keeper.problem(), listener?.message, ...peerViews(state.plan, reports, listener).map(problemText)].filter(
        (each) => each !== undefined,
      ),
    async end() {
      cancelWait?.();
      cancelDoubt?.();
      clearInterval(looking);
      await keeper.end();
    },
  };
}

/** How long leaving may take, in milliseconds; a drain beyond what it waits for routers to go over to others. */
const leaveBoundsMs = { drain: 5_000, restart: 5_000, 'at-once': 500 } as const;

function problemText({ name, problem }: PeerView): string | undefined {
  return problem && `BgpPeer ${name}: ${problem.message}`;
}
