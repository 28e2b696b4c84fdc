/** Values from outside as messages show them: never longer than a line, whatever they hold. Pure and total. */

/** The longest text that a message quotes, in characters. */
export const longestQuote = 128;

const deepest = 4;

/** JSON of any value that came as JSON, cut where it gets long or deep. Takes time in what it shows, not in what there is. */
export function shown(value: unknown): string {
  const text = written(value, longestQuote, deepest);
  return text.length <= longestQuote ? text : `${wholeCharacters(text.slice(0, longestQuote))}…`;
}

/** A text as it is, cut where it gets long. */
export function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${wholeCharacters(text.slice(0, longest - 1))}…`;
}

/** At most a few characters more than `room`. */
function written(value: unknown, room: number, depth: number): string {
  if (room <= 0) return '…';
  if (typeof value === 'string') return JSON.stringify(value.length <= room ? value : `${value.slice(0, room)}…`);
  if (typeof value !== 'object' || value === null) return String(value);
  const isList = Array.isArray(value);
  if (depth === 0) return isList ? '[…]' : '{…}';
  let text = '';
  for (const key in value) {
    if (text.length >= room) {
      text += ',…';
      break;
    }
    const name = isList ? '' : `${written(key, room - text.length, 1)}:`;
    const inner = (value as Record<string, unknown>)[key];
    text += `${text === '' ? '' : ','}${name}${written(inner, room - text.length - name.length, depth - 1)}`;
  }
  return isList ? `[${text}]` : `{${text}}`;
}

/** Without half of a surrogate pair at the end. */
function wholeCharacters(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
}
