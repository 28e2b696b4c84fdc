/** Which change of who announces an address people are told, in which words: pure. */
import type { Announcers, Standing } from '../standing/contract.js';

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
    case 'nodes':
      // Which nodes they are changes with each that restarts, and is told on the Eip: it means nothing to the address.
      if (before?.by === 'nodes') return undefined;
      return { type: 'Normal', reason: 'Announced', message: `${address} is announced by ${announcersText(now)}` };
  }
}

/** `n1, n2, to 2 routers each`: nodes that have told routers, and how many. Begins with no word that says what nodes are. */
export function announcersText({ nodes, routers: { least, most } }: Announcers): string {
  const count = least === most ? `${most}` : `${least} to ${most}`;
  return `${list(nodes)}, to ${count} ${most === 1 ? 'router' : 'routers'}${nodes.length === 1 ? '' : ' each'}`;
}

/**
 * Which groups of an Eip changed hands, in one sentence: `lan-0, lan-2 are held by node n2 (was n1)`, or
 * `wan-0 is announced by n1, n2, to 2 routers each (was n1, to 2 routers)`.
 *
 * @param before holder by group, or what `announcersText` said; a group that is not there had none
 */
export function holdersNews(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string | undefined {
  const moves = new Map<string, string[]>();
  for (const [name, holder] of Object.entries(after)) {
    const former = before[name];
    if (former === holder) continue;
    const by = isAnnouncers(holder) ? 'announced by' : 'held by node';
    const move = `${by} ${holder}${former === undefined ? '' : ` (was ${former})`}`;
    moves.set(move, [...(moves.get(move) ?? []), name]);
  }
  const parts = [...moves].map(([move, names]) => `${list(names)} ${names.length === 1 ? 'is' : 'are'} ${move}`);
  return parts.length === 0 ? undefined : parts.join('; ');
}

/** No node has a blank in its name. */
export function isAnnouncers(holder: string): boolean {
  return holder.includes(' ');
}

function list(names: readonly string[]): string {
  const shown = names.length > 8 ? [...names.slice(0, 7), `${names.length - 7} more`] : names;
  return shown.join(', ');
}
