/** Objects with something else in some of their places, for what takes any JSON. */
import fc from 'fast-check';

/** Any JSON, and what most often stands where it should not: wrong types, bounds of numbers, names that every object of JavaScript has. */
export const anything = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, 0, -1, 1.5, 1e308, '', 'x', true, [], {}, [null], [{}], { a: null }, [[]]),
  fc.constantFrom<unknown>(
    2 ** 53,
    -(2 ** 31),
    'constructor',
    '\u0000',
    '💥',
    '\ud800',
    'x'.repeat(70_000),
    '010.0.0.1',
  ),
  fc.constantFrom<unknown>(
    '::ffff:10.0.0.1',
    'fe80::1%eth0',
    ' 10.0.0.1',
    '0001-01-01T00:00:00Z',
    '+275760-09-13T00:00:01Z',
  ),
  fc.constantFrom<unknown>(
    JSON.parse('{"__proto__":"x","constructor":"x","toString":"x","hasOwnProperty":"x"}'),
    JSON.parse('{"__proto__":{"node":"x"},"constructor":{}}'),
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

/** The object with something else, or nothing, in one to three of its places. */
export function spoilt(object: object): fc.Arbitrary<Record<string, unknown>> {
  const places = placesOf(object, []);
  const change = fc.record({ place: fc.constantFrom(...places), value: anything });
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const copy = structuredClone(object) as Record<string, unknown>;
    for (const { place, value } of changes) put(copy, place, value);
    return copy;
  });
}

function placesOf(value: unknown, path: readonly string[]): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...placesOf(inner, [...path, key])]);
}

function put(root: Record<string, unknown>, place: readonly string[], value: unknown): void {
  let at: unknown = root;
  for (const step of place.slice(0, -1)) {
    at = (at as Record<string, unknown>)[step];
    if (typeof at !== 'object' || at === null) return;
  }
  const last = place.at(-1)!;
  if (value === undefined) delete (at as Record<string, unknown>)[last];
  else (at as Record<string, unknown>)[last] = value;
}
