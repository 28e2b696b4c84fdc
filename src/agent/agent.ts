/**
 * The agent's main thread: groups come in from a source, this node's part in them goes to the engine, and what the engine says
 * goes to the log, the status, the metrics and whoever asks.
 */
import { closeSync } from 'node:fs';
import type { VipGroup } from '../api/vip-group.js';
import { isUnknown } from '../core/tracking/effective-priority.js';
import { describeError, type Logger } from '../platform/observability/log.js';
import { drainedGroupOf, handingNote, notKept } from './draining/drained-group.js';
import { createDrainer, type DrainingReport } from './draining/drainer.js';
import { drainingKernel, drainingMemory } from './draining/kernel.js';
import { memoryPath } from './draining/memory.js';
import type { DrainedGroup } from './draining/state.js';
import type { EngineEvent, EngineReport, GroupConfig } from './engine/messages.js';
import { type EngineThread, startEngineThread } from './engine-thread.js';
import { forgetKeys, newGroupKeys, withKeys } from './keys/group-keys.js';
import { watchKeys } from './keys/key-directory.js';
import { hungText, observed } from './liveness.js';
import { createMemberLog } from './member-log.js';
import { membershipOf } from './membership.js';
import { namesWithout, unnamedText } from './node-name.js';
import { createNotifier } from './notify/notifier.js';
import { runProgram } from './programs/run-program.js';
import { settingsPath } from './sources/checkpoint.js';
import type { GroupSink } from './sources/group-source.js';
import { createSpareMemory } from './spare-memory.js';
import { removeSpentInterface } from './spent-interface.js';
import { createMemberNotes } from './status/member-notes.js';
import { createSightings, withSuspect } from './status/sightings.js';
import type { StatusWriter } from './status/status-writer.js';
import type { Supervisor } from './supervisor.js';
import { createGroupFindings } from './surroundings/group-findings.js';
import { watchSurroundings } from './surroundings/watch.js';
import { trackedChecks } from './tracking/group-checks.js';
import type { TrackedCheck } from './tracking/running-check.js';
import { createTracker, type TrackedGroup } from './tracking/tracker.js';
import { weighed } from './tracking/weighed.js';

/** How long a release may take: successors speak up within four intervals, and the kernel ends leases after this anyway. */
const releaseBoundMs = { 'in-order': 5_000, 'at-once': 500 } as const;
/** How long hooks may take that are told of the agent's end. */
const lastHooksBoundMs = { 'in-order': 10_000, 'at-once': 500 } as const;
/** How often is looked whether the engine moves. */
const lookAtEngineMs = 1_000;
/** The engine answers within a turn: one that has not after this long hangs. */
const reportBoundMs = 1_500;

/** What was made of a group. */
interface Part {
  readonly group: VipGroup;
  /** Where it stands, if in a file. */
  readonly file: string | undefined;
  /** As it is while every check passes. */
  readonly config: GroupConfig;
  readonly checks: readonly TrackedCheck[];
  readonly drained: DrainedGroup;
}

export interface Agent {
  /** Takes in the whole set of groups. */
  readonly apply: GroupSink;
  /** Rejects when the engine does not answer. */
  report(): Promise<EngineReport>;
  /** What becomes of connections that began before a move. */
  draining(): DrainingReport;
  /** What is wrong with the engine; undefined while it runs. */
  problem(): string | undefined;
  /** How many turns the engine has taken: it takes one each second at least. */
  turns(): number;
  /** A way to BFD for another thread. @param userFd what ends that one's sleep */
  connectBfd: EngineThread['connectBfd'];
  /** Whether groups have been taken in. */
  configured(): boolean;
  /** That there are groups but none names this node, and what to do about it. */
  unnamed(): { readonly text: string; readonly byHand: boolean } | undefined;
  /** Looks at the keys now, instead of soon. */
  reloadKeys(): Promise<void>;
  /**
   * Releases every group, successors first, within a bound. `at-once` waits for no successor, also of a release that is under way, and
   * takes no longer than a moment.
   */
  release(how: 'in-order' | 'at-once'): Promise<void>;
  end(): void;
}

/** @param o.onDeath the engine ended by itself: the process must end, so that leases expire and it is started anew */
export async function startAgent(o: {
  readonly node: string;
  readonly log: Logger;
  /** Where the agent keeps what it must know after a restart. */
  readonly stateDir: string;
  /** Where the programs and files of checks and hooks are; without it none is used. */
  readonly checksDir: string | undefined;
  /** Where the keys are that adverts are signed with; without it none is. */
  readonly keysDir: string | undefined;
  readonly status: () => StatusWriter | undefined;
  readonly supervisor: Supervisor;
  readonly onDeath: (reason: Error) => void;
}): Promise<Agent> {
  const sightings = createSightings(o.log, () => performance.now());
  const memberLog = createMemberLog(o.log);
  const applied = new Map<string, Part>();
  const groupKeys = newGroupKeys(o.log);
  const keys = o.keysDir === undefined ? undefined : await watchKeys({ path: o.keysDir, onChange: rekey, log: o.log });
  const spareMemory = createSpareMemory(after); // before there are other threads
  // Before the engine, which speaks of it while it starts.
  let scheduling: EngineReport['scheduling'];
  const engine = await startEngineThread(settingsPath(o.stateDir, o.node), {
    event: (event) => o.supervisor.attempt('engine event', () => hear(event)),
    end: o.onDeath,
  });
  let configured = false;
  let unnamed: ReturnType<Agent['unnamed']>;
  let liveness = observed(undefined, engine.turns(), performance.now());
  const lookAtEngine = () => {
    liveness = observed(liveness, engine.turns(), performance.now());
  };
  const looking = setInterval(lookAtEngine, lookAtEngineMs).unref();
  const memberNotes = createMemberNotes((noted) => o.status()?.report(noted));
  const findings = createGroupFindings((group, found) => o.status()?.findings(group, found));
  const surroundings = watchSurroundings({
    group: (name) => applied.get(name)?.group,
    found: (group, found) => findings.found('surroundings', group, found),
    log: o.log,
    failed: (error) => o.supervisor.failed('surroundings', error),
  });
  const draining = createDrainer({
    kernel: drainingKernel(),
    timers: { after },
    memory: drainingMemory(memoryPath(o.stateDir, o.node), o.log),
    log: o.log,
    failed: (error) => o.supervisor.failed('connections', error),
    found: (group, problem) => findings.found('connections', group, notKept(problem)),
    handing: (group, handing) => memberNotes.note(group, handingNote(handing)),
  });
  const tracker = createTracker({ after }, (name) => {
    const part = applied.get(name);
    if (part !== undefined) o.supervisor.attempt('check', () => engine.configure([fitConfig(part)], []));
  });

  const hooks = createNotifier({
    checksDir: o.checksDir,
    timers: { after },
    run: runProgram,
    isUnknown: (group) => isUnknown(tracker.fitness(group)),
    log: o.log,
  });
  const endNow = () => {
    engine.endNow();
    tracker.stop();
    hooks.kill();
  };
  process.on('exit', endNow);

  /** What is made of a group on this node, if it has a part in it. */
  function partIn(group: VipGroup, file: string | undefined): Part | 'none' {
    const config = membershipOf(group, o.node, file);
    if (config === undefined) return 'none';
    const checks = trackedChecks(group.spec.vrrp?.checks ?? [], o.checksDir, (track, reason) =>
      tellOfTrackFile(group.metadata.name, track, reason),
    );
    const drained = drainedGroupOf(group);
    return {
      group,
      file,
      config,
      checks: checks.map((check) => ({ ...check, probe: supervised(check.probe) })),
      drained,
    };
  }

  function tellOfTrackFile(group: string, file: string, reason: Error | undefined): void {
    if (reason === undefined) o.log.info('track file watched again', { group, file });
    else {
      const fields = { group, file, reason: describeError(reason) };
      o.log.warn('track file not watched: it is looked at each second', fields);
    }
  }

  /** A check that goes wrong by itself has failed. */
  function supervised(probe: TrackedCheck['probe']): TrackedCheck['probe'] {
    return async (signal) => {
      try {
        return await probe(signal);
      } catch (error) {
        o.supervisor.failed('check', error);
        return { ok: false, reason: `it could not be made: ${describeError(error)}` };
      }
    };
  }

  function fitConfig(part: Part): GroupConfig {
    const { config, group } = part;
    const fit = weighed(config, tracker.fitness(config.name));
    return withKeys(groupKeys, fit, group.spec.vrrp?.authentication, keys);
  }

  /** The keys changed: the groups that use any go on with them as they are now. */
  function rekey(): void {
    const signed = [...applied.values()].filter(({ group }) => group.spec.vrrp?.authentication !== undefined);
    if (signed.length > 0) engine.configure(signed.map(fitConfig), []);
  }

  function hear(event: EngineEvent): void {
    switch (event.type) {
      case 'started':
        scheduling = event.scheduling;
        o.log.info('engine started', event.scheduling);
        break;
      case 'scheduling':
        scheduling = event.scheduling;
        break;
      case 'log':
        o.log[event.level](event.message, event.fields);
        break;
      case 'spent-interface':
        removeSpentInterface(event, o.log);
        break;
      case 'spent-socket':
        closeSync(event.fd);
        break;
      case 'sighting': {
        const part = applied.get(event.group);
        const sighting = part === undefined ? event : withSuspect(event, part.group, o.node, part.file);
        sightings.hear(sighting);
        o.status()?.sighting(sighting);
        break;
      }
      case 'transition':
        memberLog.transition(event);
        break;
      case 'leader':
        draining.hear(event);
        break;
      case 'member':
        memberLog.report(event);
        if (applied.has(event.group)) {
          memberNotes.report(event);
          findings.again(event.group); // connections are judged before the engine has reported a group
        } else {
          memberLog.forget(event.group);
        }
        surroundings.report(event);
        hooks.hear(event, applied.has(event.group));
    }
  }

  /** With what is seen on the LAN, which only the conditions of a VipGroup's status would show otherwise. */
  async function report(): Promise<EngineReport> {
    const found = await Promise.race([engine.report(), lateness(reportBoundMs)]);
    const members = found.members.map((member) => {
      const part = applied.get(member.group);
      const notes = part === undefined ? [] : sightings.notes(member, part.group);
      return notes.length === 0
        ? member
        : { ...member, message: [member.message, ...notes].filter(Boolean).join('; ') };
    });
    return { ...found, ...(scheduling === undefined ? {} : { scheduling }), members };
  }

  function checkName(groups: ReadonlyMap<string, VipGroup>, byHand: boolean): void {
    const names = namesWithout(o.node, groups.values());
    const before = unnamed;
    unnamed = names && { text: unnamedText(o.node, names, byHand), byHand };
    if (unnamed === undefined || before !== undefined) return;
    o.log[byHand ? 'warn' : 'info']('no group names this node', { node: o.node, names, explanation: unnamed.text });
  }

  return {
    apply(groups, files) {
      checkName(groups, files !== undefined);
      const changed: Part[] = [];
      const release: string[] = [];
      for (const name of applied.keys()) {
        if (groups.has(name)) continue;
        applied.delete(name);
        release.push(name);
      }
      for (const [name, group] of groups) {
        const file = files?.get(name);
        const before = applied.get(name);
        if (before?.group === group && before.file === file) continue;
        const part = o.supervisor.attempt('group', () => partIn(group, file));
        if (part === undefined) continue; // what it was before goes on
        if (part !== 'none') {
          applied.set(name, part);
          hooks.configure(name, group.spec.vrrp?.notify ?? []);
          changed.push(part);
        } else if (applied.delete(name)) {
          release.push(name);
        }
      }
      for (const name of release) {
        o.status()?.withdraw(name);
        surroundings.forget(name);
        sightings.forget(name);
        findings.forget(name);
        memberNotes.forget(name);
        forgetKeys(groupKeys, name);
      }
      if (changed.length === 0 && release.length === 0 && configured) return;
      configured = true;
      tracker.track([...applied].map(([group, part]) => trackedGroup(group, part)));
      draining.configure(new Map([...applied].map(([name, { drained }]) => [name, drained])));
      engine.configure(changed.map(fitConfig), release);
      spareMemory.giveBackSoon();
    },
    report,
    draining: draining.report,
    problem() {
      lookAtEngine();
      return hungText(liveness, performance.now());
    },
    turns: engine.turns,
    connectBfd: engine.connectBfd,
    configured: () => configured,
    unnamed: () => unnamed,
    reloadKeys: async () => keys?.reload(),
    async release(how) {
      tracker.stop();
      const boundMs = releaseBoundMs[how];
      const bound = new Promise<'late'>((resolve) => {
        setTimeout(resolve, boundMs, 'late').unref();
      });
      const outcome = await Promise.race([engine.shutdown(how === 'at-once'), bound]);
      await Promise.race([draining.stop(), bound]); // not before it is known who leads now
      if (outcome === 'late') o.log.warn('release took too long: the kernel ends the rest', { boundMs });
      await hooks.stop(lastHooksBoundMs[how]);
    },
    end() {
      spareMemory.stop();
      clearInterval(looking);
      surroundings.stop();
      void draining.stop();
      void keys?.stop();
      process.off('exit', endNow);
      endNow();
    },
  };
}

function trackedGroup(group: string, { config, checks }: Part): TrackedGroup {
  const { priority, lastResorts = 0 } = config;
  const ordinary = priority > lastResorts;
  const bounds = ordinary ? { lowest: lastResorts + 1, highest: 254 } : { lowest: 1, highest: lastResorts };
  return { group, priority, bounds, checks };
}

function after(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
}

function lateness(ms: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`the engine does not answer within ${ms} ms`)), ms).unref();
  });
}

/** Says what happened to the engine, for the log of a process that is about to end. */
export function deathText(reason: Error): string {
  return `the engine thread is gone: ${describeError(reason)}`;
}
