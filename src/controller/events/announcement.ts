/** Which change of who announces an address people are told, in which words: pure. */
import type { Standing } from '../standing/standing.js';

export interface News {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/**
 * What to tell about an address.
 *
 * @param before what was told last; undefined when nothing was
 * @returns undefined when there is nothing new: also while an election is under way
 */
export function newsOf(address: string, before: Standing | undefined, now: Standing): News | undefined {
  switch (now.by) {
    case 'nobody':
      if (before?.by === 'nobody' && before.message === now.message) return undefined;
      return { type: 'Warning', reason: now.reason, message: `nobody announces ${address}: ${now.message}` };
    case 'unknown':
      if (before?.by === 'unknown' && before.message === now.message) return undefined;
      return {
        type: 'Warning',
        reason: now.reason,
        message: `whether a node announces ${address} is not known: ${now.message}`,
      };
    case 'candidates':
      if (before?.by !== 'nobody' && before?.by !== 'unknown') return undefined;
      return {
        type: 'Normal',
        reason: 'Announceable',
        message: `${address} may be announced again, by ${list(now.nodes)}`,
      };
    case 'node': {
      if (before?.by === 'node' && before.node === now.node) return undefined;
      const was =
        before?.by === 'node' ? ` (was ${before.node}${now.reason === undefined ? '' : `: ${now.reason}`})` : '';
      return { type: 'Normal', reason: 'Held', message: `${address} is held by node ${now.node}${was}` };
    }
  }
}

/**
 * Which groups of an Eip changed hands, in one sentence: `lan-0, lan-2 are held by node n2 (was n1)`.
 *
 * @param before holder by group; a group that is not there had none
 */
export function holdersNews(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string | undefined {
  const moves = new Map<string, string[]>();
  for (const [name, holder] of Object.entries(after)) {
    const former = before[name];
    if (former === holder) continue;
    const move = `held by node ${holder}${former === undefined ? '' : ` (was ${former})`}`;
    moves.set(move, [...(moves.get(move) ?? []), name]);
  }
  const parts = [...moves].map(([move, names]) => `${list(names)} ${names.length === 1 ? 'is' : 'are'} ${move}`);
  return parts.length === 0 ? undefined : parts.join('; ');
}

function list(names: readonly string[]): string {
  const shown = names.length > 8 ? [...names.slice(0, 7), `${names.length - 7} more`] : names;
  return shown.join(', ');
}
