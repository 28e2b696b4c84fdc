import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Bytes on the wire, written down field by field. The file begins with `#` lines (what it is, where it comes from); every
 * other line is a field: its bytes in hexadecimal, blanks, its name.
 */
export interface Vector {
  readonly name: string;
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly at: number;
  readonly length: number;
}

/** Reads the vector `name` of this folder, such as `vrrp/v1`. */
export function readVector(name: string): Vector {
  const lines = readFileSync(new URL(`${name}.hex`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  const comments = lines.filter((line) => line.startsWith('# '));
  assert.ok(
    comments.some((line) => line.startsWith('# origin: ')),
    `vector ${name} does not say where it comes from`,
  );
  const fields: Field[] = [];
  let hex = '';
  for (const line of lines.slice(comments.length)) {
    const match = /^((?:[0-9a-f]{2})+) +(\S.*)$/.exec(line);
    assert.ok(match, `vector ${name}: "${line}" is not hexadecimal bytes and a name`);
    const [, bytes, field] = match as unknown as [string, string, string];
    fields.push({ name: field, at: hex.length / 2, length: bytes.length / 2 });
    hex += bytes;
  }
  return { name, title: comments[0]!.slice(2), bytes: fromHex(hex), fields };
}

/** The names of all vectors of a folder, such as `neighbor`. */
export function vectorNames(folder: string): readonly string[] {
  const files = readdirSync(fileURLToPath(new URL(folder, import.meta.url)));
  return files
    .filter((file) => file.endsWith('.hex'))
    .map((file) => `${folder}/${file.slice(0, -4)}`)
    .sort();
}

/** Where a field is. */
export function fieldOf(vector: Vector, name: string): Field {
  const field = vector.fields.find((each) => each.name === name);
  assert.ok(field, `vector ${vector.name} has no field "${name}"`);
  return field;
}

/** A copy of a vector's bytes in which a field, or its beginning, is replaced. */
export function withField(vector: Vector, name: string, hex: string): Uint8Array {
  const { at, length } = fieldOf(vector, name);
  const replacement = fromHex(hex);
  assert.ok(replacement.length <= length, `${hex} is longer than field "${name}"`);
  const bytes = vector.bytes.slice();
  bytes.set(replacement, at);
  return bytes;
}

/** Bytes of hexadecimal digits. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** Hexadecimal digits of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
