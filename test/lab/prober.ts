import { eventually } from './eventually.js';
import type { Host } from './host.js';
import { programArguments, urgently } from './process.js';
import { probePort } from './responder.js';
import type { Probe } from './silence.js';

export interface Prober {
  /** The probes so far, in the order of sending. The last few may yet be answered. */
  probes(): readonly Probe[];
  /** The probes since the last call whose answer can no longer come; what they were is forgotten. For watching without end. */
  take(): readonly Probe[];
  /** The host that answered last. */
  lastAnswerBy(): string | undefined;
  /** Resolves when a probe sent after this call has been answered, with that probe. */
  answered(withinMs?: number): Promise<Probe>;
  /** Stops sending, waits for late answers, and returns the whole record. */
  stop(): Promise<readonly Probe[]>;
}

/**
 * Sends UDP probes from a host to an address, `perSecond` times a second (at most 1000), until stopped.
 * @param flows `each`: every probe is a flow of its own, which routers may send another way than the one before
 */
export function startProber(client: Host, address: string, perSecond = 1000, flows: 'one' | 'each' = 'one'): Prober {
  const program = programArguments(new URL('./programs/prober', import.meta.url), import.meta.url);
  const parameters = [address, String(probePort), String(perSecond), flows];
  const [command, args] = urgently(process.execPath, [...program, ...parameters]);
  const prober = client.start('prober', command, args);
  let probes: { sentAt: number; answeredAt?: number; by?: string }[] = [];
  let taken = 0;
  let lastAnswered: Probe | undefined;
  prober.onLine((line) => {
    const report = JSON.parse(line) as Report;
    for (const [sequence, at] of report.sent) probes[sequence - taken] = { sentAt: at };
    for (const [sequence, at, by] of report.answered) {
      const probe = probes[sequence - taken];
      if (probe === undefined) continue;
      probe.answeredAt = at;
      probe.by = by;
      lastAnswered = probe;
    }
  });

  return {
    probes: () => probes,
    take: () => {
      const settled = probes.findIndex((probe) => probe.sentAt > (probes.at(-1)?.sentAt ?? 0) - patience);
      const decided = probes.slice(0, Math.max(settled, 0));
      probes = probes.slice(decided.length);
      taken += decided.length;
      return decided;
    },
    lastAnswerBy: () => lastAnswered?.by,
    answered: (withinMs = 30_000) => {
      const count = probes.length;
      return eventually(
        `an answer from ${address}`,
        () => probes.findLast((probe, index) => index >= count && probe.answeredAt !== undefined),
        { withinMs, onTimeout: () => prober.log() },
      );
    },
    stop: async () => {
      prober.end();
      await prober.exited;
      return probes;
    },
  };
}

/** An answer that takes longer than this is no answer, in microseconds. */
const patience = 300_000;

interface Report {
  readonly sent: readonly (readonly [sequence: number, at: number])[];
  readonly answered: readonly (readonly [sequence: number, at: number, by: string])[];
}
