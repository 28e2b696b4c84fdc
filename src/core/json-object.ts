/** The JSON object that a text holds, of anything. Throws what says why it holds none: `null` and lists are none either. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no JSON object');
  return value as Readonly<Record<string, unknown>>;
}
