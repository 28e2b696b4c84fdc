/**
 * What is said of a world in which something did not hold: the command that lives it again, and what it was.
 *
 * @param o.routing whether it is a world of nodes and their routers
 */
export function failureOf(
  { seed, violation }: { seed: string; violation: Pick<Error, 'message'> | undefined },
  o: { readonly defect?: string | undefined; readonly routing?: boolean | undefined } = {},
): string {
  const routing = o.routing ? ' --routing' : '';
  const planted = o.defect === undefined ? '' : ` --defect ${o.defect}`;
  const quoted = /^[\w./-]+$/.test(seed) ? seed : `'${seed.replaceAll("'", `'\\''`)}'`;
  return `replay: npm run simulate --${routing} --replay --seed ${quoted}${planted}\n${violation?.message}`;
}
