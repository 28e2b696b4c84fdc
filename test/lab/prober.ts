import { eventually } from './eventually.js';
import type { Host } from './host.js';
import { programArguments } from './process.js';
import { probePort } from './responder.js';
import type { Probe } from './silence.js';

export interface Prober {
  /** The probes so far, in the order of sending. The last few may yet be answered. */
  probes(): readonly Probe[];
  /** The host that answered last. */
  lastAnswerBy(): string | undefined;
  /** Resolves when a probe sent after this call has been answered, with that probe. */
  answered(withinMs?: number): Promise<Probe>;
  /** Stops sending, waits for late answers, and returns the whole record. */
  stop(): Promise<readonly Probe[]>;
}

/** Sends UDP probes from a host to an address, `perSecond` times a second (at most 1000), until stopped. */
export function startProber(client: Host, address: string, perSecond = 1000): Prober {
  const program = programArguments(new URL('./programs/prober', import.meta.url), import.meta.url);
  const prober = client.start('prober', process.execPath, [...program, address, String(probePort), String(perSecond)]);
  const probes: { sentAt: number; answeredAt?: number; by?: string }[] = [];
  let lastAnswered: Probe | undefined;
  prober.onLine((line) => {
    const report = JSON.parse(line) as Report;
    for (const [sequence, at] of report.sent) probes[sequence] = { sentAt: at };
    for (const [sequence, at, by] of report.answered) {
      const probe = probes[sequence];
      if (probe === undefined) continue;
      probe.answeredAt = at;
      probe.by = by;
      lastAnswered = probe;
    }
  });

  return {
    probes: () => probes,
    lastAnswerBy: () => lastAnswered?.by,
    answered: (withinMs = 10_000) => {
      const count = probes.length;
      return eventually(
        `an answer from ${address}`,
        () => {
          const found = probes.findLast((probe) => probe.answeredAt !== undefined);
          return found !== undefined && probes.indexOf(found) >= count ? found : undefined;
        },
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

interface Report {
  readonly sent: readonly (readonly [sequence: number, at: number])[];
  readonly answered: readonly (readonly [sequence: number, at: number, by: string])[];
}
