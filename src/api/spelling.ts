/** Words that were probably meant. Pure. */

/** Slips that still name a word: letters that are wrong, missing, too many, or two that changed places. */
const mostSlips = 2;

/** Those of `words` that `text` comes nearest to, if any is at most two slips away; capitals do not count. */
export function nearest(text: string, words: readonly string[]): readonly string[] {
  const wanted = text.trim().toLowerCase();
  const found = words.map((word) => ({ word, slips: slipsBetween(wanted, word.toLowerCase()) }));
  const least = Math.min(...found.map(({ slips }) => slips));
  return least > mostSlips ? [] : found.flatMap(({ word, slips }) => (slips === least ? [word] : []));
}

/** Optimal string alignment distance, or infinity when that is more than `mostSlips`: only a band around the diagonal is looked at. */
function slipsBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > mostSlips) return Number.POSITIVE_INFINITY;
  let before: Record<number, number> = {};
  let last: Record<number, number> = {};
  for (let j = 0; j <= mostSlips; j += 1) last[j] = j;
  for (let i = 1; i <= a.length; i += 1) {
    const row: Record<number, number> = {};
    for (let j = Math.max(0, i - mostSlips); j <= Math.min(b.length, i + mostSlips); j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const changed = (last[j - 1] ?? Number.POSITIVE_INFINITY) + same;
      const missing = (last[j] ?? Number.POSITIVE_INFINITY) + 1;
      const added = (row[j - 1] ?? Number.POSITIVE_INFINITY) + 1;
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? (before[j - 2] ?? Number.POSITIVE_INFINITY) + 1
          : Number.POSITIVE_INFINITY;
      row[j] = j === 0 ? i : Math.min(changed, missing, added, swapped);
    }
    if (Math.min(...Object.values(row)) > mostSlips) return Number.POSITIVE_INFINITY;
    before = last;
    last = row;
  }
  const slips = last[b.length] ?? Number.POSITIVE_INFINITY;
  return slips > mostSlips ? Number.POSITIVE_INFINITY : slips;
}
