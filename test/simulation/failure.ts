/** What is said of a world in which something did not hold: the command that lives it again, and what it was. */
export function failureOf(
  { seed, violation }: { seed: string; violation: Pick<Error, 'message'> | undefined },
  defect?: string,
): string {
  const planted = defect === undefined ? '' : ` --defect ${defect}`;
  const quoted = /^[\w./-]+$/.test(seed) ? seed : `'${seed.replaceAll("'", `'\\''`)}'`;
  return `replay: npm run simulate -- --replay --seed ${quoted}${planted}\n${violation?.message}`;
}
