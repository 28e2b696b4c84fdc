/**
 * A file with a key: its name says which key, its content is the key, in the form of keepalived's `key ID file:PATH`. What is
 * wrong is said without a byte of the content.
 */
import { createSecretKey, type KeyObject } from 'node:crypto';

/** Bytes of a key: the least that leaves 128 bits to a quantum search, and what HMAC-SHA256 takes without hashing it (keepalived). */
const shortest = 32;
const longest = 64;

export interface KeyName {
  /** As `vrrp.authentication.keys` has it. */
  readonly keys: string;
  /** 1..255. */
  readonly id: number;
}

const fileName = /^(?<keys>[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\.(?<id>[1-9][0-9]{0,2})$/;

/** What a file of that name holds: `lan.1` is the key with ID 1 of the keys `lan`. Undefined when it is no name of a key. */
export function keyNameOf(file: string): KeyName | undefined {
  const { keys, id } = fileName.exec(file)?.groups ?? {};
  return keys === undefined || Number(id) > 255 ? undefined : { keys, id: Number(id) };
}

export type ParsedKey =
  | { readonly ok: true; readonly key: KeyObject }
  | { readonly ok: false /** Follows the file's name. */; readonly problem: string };

/** Reads `hex:` and hexadecimal digits, or 32 to 64 printable ASCII characters as they are; blanks and line ends around do not count. */
export function parseKey(content: Uint8Array): ParsedKey {
  const text = Buffer.from(content).toString('latin1').trim();
  const hexadecimal = text.startsWith('hex:');
  if (hexadecimal && !/^hex:([0-9a-fA-F]{2})*$/.test(text)) {
    return { ok: false, problem: `has something else than pairs of hexadecimal digits after hex:, ${remedy}` };
  }
  if (!hexadecimal && !/^[\x20-\x7e]*$/.test(text)) {
    return { ok: false, problem: `holds bytes that are no printable ASCII, ${remedy}` };
  }
  const bytes = hexadecimal ? Buffer.from(text.slice('hex:'.length), 'hex') : Buffer.from(text, 'latin1');
  if (bytes.length < shortest || bytes.length > longest) {
    return { ok: false, problem: `holds ${bytes.length} bytes where a key has ${shortest} to ${longest}, ${remedy}` };
  }
  return { ok: true, key: createSecretKey(bytes) };
}

const remedy = 'make one with: echo "hex:$(openssl rand -hex 32)"';
