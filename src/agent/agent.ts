/**
 * The agent's main thread: groups come in from a source, this node's part in them goes to the engine, and what the engine says
 * goes to the log, the status, the metrics and whoever asks.
 */
import { closeSync } from 'node:fs';
import type { VipGroup } from '../api/vip-group.js';
import { mallocTrim } from '../platform/linux/sys.js';
import { describeError, type Logger } from '../platform/observability/log.js';
import { settingsPath } from './checkpoint.js';
import type { AdvertKey, EngineEvent, EngineReport, GroupConfig, Sighting } from './engine/messages.js';
import { type EngineThread, startEngineThread } from './engine-thread.js';
import { watchKeys } from './keys/key-directory.js';
import { keyed } from './keys/keyed.js';
import { sightingText } from './member-status.js';
import { membershipOf } from './membership.js';
import { removeSpentInterface } from './spent-interface.js';
import type { StatusWriter } from './status-writer.js';
import { watchSurroundings } from './surroundings/watch.js';
import { trackedChecks } from './tracking/group-checks.js';
import { createTracker, type TrackedCheck, type TrackedGroup } from './tracking/tracker.js';
import { weighed } from './tracking/weighed.js';

/** How long a release may take: successors speak up within four intervals, and the kernel ends leases after this anyway. */
const releaseBoundMs = 5_000;
/** The engine takes a turn each second at least; without one for this long it hangs. */
const hungAfterMs = 5_000;
/** How long after the last change of groups freed memory is given back. */
const trimAfterMs = 6_000;

/** What was made of a group. */
interface Part {
  readonly group: VipGroup;
  /** As it is while every check passes. */
  readonly config: GroupConfig;
  readonly checks: readonly TrackedCheck[];
}

export interface Agent {
  /** Takes in the whole set of groups. */
  apply(groups: ReadonlyMap<string, VipGroup>): void;
  report(): Promise<EngineReport>;
  /** What is wrong with the engine; undefined while it runs. */
  problem(): string | undefined;
  /** How many turns the engine has taken: it takes one each second at least. */
  turns(): number;
  /** Whether groups have been taken in. */
  configured(): boolean;
  /** Releases every group, successors first, within a bound. */
  release(): Promise<void>;
  end(): void;
}

/** @param o.onDeath the engine ended by itself: the process must end, so that leases expire and it is started anew */
export async function startAgent(o: {
  readonly node: string;
  readonly log: Logger;
  /** Where the agent keeps what it must know after a restart. */
  readonly stateDir: string;
  /** Where the commands of checks are; without it none is run. */
  readonly checksDir: string | undefined;
  /** Where the keys are that adverts are signed with; without it none is. */
  readonly keysDir: string | undefined;
  readonly status: () => StatusWriter | undefined;
  readonly onDeath: (reason: Error) => void;
}): Promise<Agent> {
  const told = new Set<string>();
  const applied = new Map<string, Part>();
  /** The key that each group signed with last. */
  const signedWith = new Map<string, AdvertKey>();
  const keyProblems = new Map<string, string>();
  const keys = o.keysDir === undefined ? undefined : await watchKeys({ path: o.keysDir, onChange: rekey, log: o.log });
  const engine = await startEngineThread(settingsPath(o.stateDir, o.node), { event: hear, end: o.onDeath });
  const endNow = () => engine.endNow();
  process.on('exit', endNow);
  let configured = false;
  let trimming: NodeJS.Timeout | undefined;
  const alive = livenessOf(engine);
  const surroundings = watchSurroundings({
    group: (name) => applied.get(name)?.group,
    found: (group, findings) => o.status()?.findings(group, findings),
    log: o.log,
  });
  const tracker = createTracker({ after }, (name) => {
    const part = applied.get(name);
    if (part !== undefined) engine.configure([fitConfig(part)], []);
  });

  /** Parsing groups leaves megabytes that are free but still this process's. */
  function trimSoon(): void {
    clearTimeout(trimming);
    trimming = setTimeout(mallocTrim, trimAfterMs).unref();
  }

  function fitConfig(part: Part): GroupConfig {
    const { config, group } = part;
    const settings = group.spec.vrrp?.authentication;
    const ring = settings && keys?.ring(settings.keys);
    const fit = keyed(weighed(config, tracker.fitness(config.name)), settings, ring, signedWith.get(config.name));
    const { signing, problem } = fit.authentication ?? {};
    if (signing !== undefined) signedWith.set(config.name, signing);
    tellOfKeys(config.name, problem?.message);
    return fit;
  }

  /** The keys changed: the groups that use any go on with them as they are now. */
  function rekey(): void {
    const signed = [...applied.values()].filter(({ group }) => group.spec.vrrp?.authentication !== undefined);
    if (signed.length > 0) engine.configure(signed.map(fitConfig), []);
  }

  function tellOfKeys(group: string, problem: string | undefined): void {
    const before = keyProblems.get(group);
    if (before === problem) return;
    if (problem === undefined) {
      keyProblems.delete(group);
      o.log.info('keys in order again', { group });
    } else {
      keyProblems.set(group, problem);
      o.log.error('keys not in order', { group, problem });
    }
  }

  function hear(event: EngineEvent): void {
    switch (event.type) {
      case 'started':
        o.log.info('engine started', event.scheduling);
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
      case 'sighting':
        tell(event);
        o.status()?.sighting(event);
        break;
      case 'member': {
        const { type: _, held, message: problem, ...member } = event;
        o.log.info('group', { ...member, held: held.length, ...(problem === undefined ? {} : { problem }) });
        if (applied.has(event.group)) o.status()?.report(event);
        surroundings.report(event);
      }
    }
  }

  function tell(sighting: Sighting): void {
    const explanation = sightingText(sighting);
    if (told.has(explanation)) return; // the engine repeats it for the status; the log has it once
    told.add(explanation);
    o.log.warn(sighting.kind === 'address-conflict' ? 'address conflict' : 'foreign advert', {
      group: sighting.group,
      offender: sighting.offender,
      explanation,
    });
  }

  return {
    apply(groups) {
      const changed: Part[] = [];
      const release: string[] = [];
      for (const name of applied.keys()) {
        if (groups.has(name)) continue;
        applied.delete(name);
        release.push(name);
      }
      for (const [name, group] of groups) {
        if (applied.get(name)?.group === group) continue;
        const config = membershipOf(group, o.node);
        if (config !== undefined) {
          const part = { group, config, checks: trackedChecks(group.spec.vrrp?.checks ?? [], o.checksDir) };
          applied.set(name, part);
          changed.push(part);
        } else if (applied.delete(name)) {
          release.push(name);
        }
      }
      for (const name of release) {
        o.status()?.withdraw(name);
        signedWith.delete(name);
        keyProblems.delete(name);
      }
      if (changed.length === 0 && release.length === 0 && configured) return;
      configured = true;
      tracker.track([...applied].map(([group, part]) => trackedGroup(group, part)));
      engine.configure(changed.map(fitConfig), release);
      trimSoon();
    },
    report: () => engine.report(),
    problem: alive,
    turns: engine.turns,
    configured: () => configured,
    async release() {
      tracker.stop();
      const bound = new Promise<'late'>((resolve) => {
        setTimeout(resolve, releaseBoundMs, 'late').unref();
      });
      const outcome = await Promise.race([engine.shutdown(false), bound]);
      if (outcome === 'late')
        o.log.warn('release took too long: the kernel ends the rest', { boundMs: releaseBoundMs });
    },
    end() {
      clearTimeout(trimming);
      surroundings.stop();
      void keys?.stop();
      tracker.stop();
      process.off('exit', endNow);
      engine.endNow();
    },
  };
}

function trackedGroup(group: string, { config, checks }: Part): TrackedGroup {
  const { priority, lastResorts = 0 } = config;
  return { group, priority, lowest: priority > lastResorts ? lastResorts + 1 : 1, checks };
}

function after(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
}

function livenessOf(engine: EngineThread): () => string | undefined {
  let turns = engine.turns();
  let at = performance.now();
  return () => {
    const now = engine.turns();
    if (now !== turns) [turns, at] = [now, performance.now()];
    const still = performance.now() - at;
    return still < hungAfterMs ? undefined : `the engine thread has not moved for ${Math.round(still / 1000)} s`;
  };
}

/** Says what happened to the engine, for the log of a process that is about to end. */
export function deathText(reason: Error): string {
  return `the engine thread is gone: ${describeError(reason)}`;
}
