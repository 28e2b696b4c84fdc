/** Regular expressions for the names of NICs, as PureLB and Cilium have them, in the words of an Eip: names with `*`. */
import { parseInterface } from '../api/interface.js';

/** What stands for some characters; the classes are read as any. */
const some = /\.[*+]|(?:\[[^\]]*\]|\\d|\\w)[*+]?/g;

/**
 * `^eth[0-9]+$` is `eth*`; alternatives are a list, `eth0,eno*`. One without anchors stands for the whole name, as people mean it.
 *
 * @returns undefined: an Eip cannot say that
 */
export function nicsOfRegex(expression: string): string | undefined {
  const inner = /^\^?\(([^()]*)\)\$?$/.exec(expression)?.[1];
  const names = (inner ?? expression).split('|').map((each) => {
    const open = each.startsWith('^') && !each.endsWith('$');
    const bare = each.replace(/^\^/, '').replace(/\$$/, '').replace(some, '*').replaceAll('\\.', '.');
    return open ? `${bare}*` : bare;
  });
  const text = [...new Set(names)].join(',').replace(/\*{2,}/g, '*');
  if (/[\\^$()[\]{}?+]/.test(text)) return undefined;
  const choice = parseInterface(text);
  return choice.by === 'name' || choice.by === 'names' ? text : undefined;
}
