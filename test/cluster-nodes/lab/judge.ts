import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMicros } from '../../lab/clock.js';
import { eventually } from '../../lab/eventually.js';
import { type Process, programArguments, startProcess, urgently } from '../../lab/process.js';
import { lengthOf, outageOf, type Probe, silencesOf } from '../../lab/silence.js';
import { counted } from './standstills.js';

export interface Target {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
}

/** What became of a request. */
export interface Request extends Probe {
  /** The client's address, as the one who answered saw it. TCP only. */
  readonly client?: string;
}

/** Asks addresses from a client on the LAN without end. */
export interface Judge {
  /**
   * The requests, by the target's name, that were sent from now until half a second after `act` has ended.
   * @throws AssertionError when a target is not answered in the end: what lasts is no outage
   */
  during(act: () => Promise<void>): Promise<ReadonlyMap<string, readonly Request[]>>;
  /** Resolves when a request to the target sent after this call has been answered, with that request. */
  answered(target: string, withinMs?: number): Promise<Request>;
  end(): void;
}

const perSecond = 25;
/**
 * Linux goes through the client's ports in steps of nine or so: of 28 000 one would come again after two minutes. Then a Pod or a node may have
 * the one before in mind, as of a connection that an uninstallation cut, and the new one has to begin twice.
 */
const morePorts = 'sysctl -qw net.ipv4.ip_local_port_range="1024 65535"';
/** An answer that takes longer is none. Less than a second, after which TCP sends its first packet again: one that is lost is seen. */
const patienceMs = 950;

/**
 * Starts to ask each of the targets 25 times a second.
 *
 * @param nodes whom it asks besides, no load balancer between: what is lost while they do not answer is not counted
 */
export function startJudge(
  folder: string,
  targets: Readonly<Record<string, Target>>,
  nodes: Readonly<Record<string, Target>> = {},
): Judge {
  const program = programArguments(new URL('./programs/judge', import.meta.url), import.meta.url);
  const all = { ...nodes, ...targets };
  const asked = Object.entries(all).map(
    ([name, { protocol, port, address }]) => `${name}=${protocol}:${port}:${address}`,
  );
  const parameters = [String(perSecond), String(patienceMs), ...asked];
  const [command, args] = urgently(process.execPath, [...program, ...parameters]);
  const judge: Process = startProcess({
    title: 'judge',
    log: `${folder}/judge.log`,
    command: 'nsenter',
    args: ['--net=/run/netns/c1', 'sh', '-c', `${morePorts}; exec "$0" "$@"`, command, ...args],
  });
  const records = new Map<string, Settling[]>(Object.keys(all).map((name) => [name, []]));
  judge.onLine((line) => {
    const { target, sent, answered } = JSON.parse(line) as Report;
    const requests = records.get(target)!;
    for (const [sequence, at] of sent) requests[sequence] = { sentAt: at };
    for (const [sequence, at, by, client] of answered)
      Object.assign(requests[sequence]!, { answeredAt: at, by, ...(client === null ? {} : { client }) });
  });
  const requestsOf = (target: string) => records.get(target) ?? assert.fail(`nobody asks ${target}`);
  const answered: Judge['answered'] = (target, withinMs = 20_000) => {
    const before = requestsOf(target).length;
    return eventually(
      `an answer from ${target}`,
      () => requestsOf(target).findLast(({ answeredAt }, at) => at >= before && answeredAt !== undefined),
      { withinMs, onTimeout: () => judge.log() },
    );
  };

  return {
    answered,
    during: async (act) => {
      for (const target of Object.keys(targets)) await answered(target);
      const from = new Map([...records].map(([target, requests]) => [target, requests.length]));
      await act();
      await wait(500);
      const until = new Map([...records].map(([target, requests]) => [target, requests.length]));
      await wait(patienceMs + 200);
      for (const target of Object.keys(targets)) await answered(target);
      const seen = (name: string) => records.get(name)!.slice(from.get(name), until.get(name));
      const ofNodes = losses(new Map(Object.keys(nodes).map((name) => [name, seen(name)])));
      if (ofNodes.length > 0) console.log(`      of what nodes were asked themselves: ${ofNodes.join('; ')}`);
      return counted(new Map(Object.keys(targets).map((name) => [name, seen(name)])), Object.keys(nodes).map(seen));
    },
    end: () => judge.end(),
  };
}

/** Of the targets that lost requests: how many, of how many, for how long, when and between whose answers. Empty when nothing was lost. */
export function losses(seen: ReadonlyMap<string, readonly Request[]>): readonly string[] {
  return [...seen].flatMap(([target, requests]) => {
    const outage = outageOf(requests);
    if (outage === undefined) return [];
    const { lost, from, before = 'nobody', after = 'nobody' } = outage;
    const silent = `silent for ${Math.round(lengthOf(outage) / 1000)} ms from ${wallClock(from)}`;
    const until = from + lengthOf(outage);
    const among = requests.filter(({ sentAt, by }) => by !== undefined && sentAt > from && sentAt < until);
    const meanwhile = among.length === 0 ? '' : `, ${answersBy(among)} meanwhile`;
    return [
      `${target}: ${lost} of ${requests.length} lost, ${silent}, ${before} answered before and ${after} after${meanwhile}`,
    ];
  });
}

/** How many answers came from whom. */
function answersBy(requests: readonly Request[]): string {
  const counts = new Map<string, number>();
  for (const { by = 'nobody' } of requests) counts.set(by, (counts.get(by) ?? 0) + 1);
  return [...counts].map(([by, count]) => `${by} ${count} times`).join(', ');
}

/** What logs call an instant of the monotonic clock. */
function wallClock(micros: number): string {
  return new Date(Date.now() - (monotonicMicros() - micros) / 1000).toISOString();
}

/** How long a target was silent, from the first lost request to the last, in milliseconds; 0 when nothing was lost. */
export function silentMs(seen: ReadonlyMap<string, readonly Request[]>, target: string): number {
  const outage = outageOf(seen.get(target) ?? []);
  return outage === undefined ? 0 : lengthOf(outage) / 1000;
}

/** The longest that an answer took, or a target was silent for, whichever is more, in milliseconds. */
export function longestMs(requests: readonly Request[]): number {
  const took = requests.map(({ sentAt, answeredAt = sentAt }) => answeredAt - sentAt);
  return Math.round(Math.max(0, ...took, ...silencesOf(requests).map(lengthOf)) / 1_000);
}

/** One that may yet be answered. */
type Settling = { -readonly [K in keyof Request]: Request[K] };

interface Report {
  readonly target: string;
  readonly sent: readonly (readonly [sequence: number, at: number])[];
  readonly answered: readonly (readonly [sequence: number, at: number, by: string, client: string | null])[];
}
