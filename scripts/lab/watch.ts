import type { Probe } from '../../test/lab/silence.js';

/** Turns probes into sentences: when an address fell silent, for how long, and who answers. */
export interface Watch {
  /** Takes the next probes in the order of sending; returns what is worth telling. */
  feed(probes: readonly Probe[]): readonly string[];
}

export function createWatch(address: string): Watch {
  let lastAnswered: Probe | undefined;
  let lost = 0;
  return {
    feed: (probes) => {
      const news: string[] = [];
      for (const probe of probes) {
        if (probe.answeredAt === undefined) {
          lost += 1;
          if (lost === 20) news.push(`${address}: silent …`);
          continue;
        }
        const by = probe.by ?? 'somebody';
        if (lost > 0 && lastAnswered !== undefined) {
          const ms = ((probe.sentAt - lastAnswered.sentAt) / 1000).toFixed(0);
          news.push(`${address}: silent for ${ms} ms, ${lost} requests lost; ${by} answers`);
        } else if (lastAnswered !== undefined && lastAnswered.by !== probe.by) {
          news.push(`${address}: ${by} answers, nothing lost`);
        }
        lost = 0;
        lastAnswered = probe;
      }
      return news;
    },
  };
}
