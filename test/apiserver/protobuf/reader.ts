// Owns: reading the protobuf form of an object.
// Source: https://protobuf.dev/programming-guides/encoding/; the envelope is runtime.Unknown after the magic "k8s\0".
import type { Json, JsonMap } from '../object.js';
import { type FieldType, messages } from './messages.js';

interface Field {
  readonly number: number;
  readonly value: bigint | Buffer;
}

/** Reads an object. Throws an Error that names the kind or the field number it does not know. */
export function readObject(bytes: Buffer): JsonMap {
  if (bytes.toString('latin1', 0, 4) !== 'k8s\0')
    throw new Error('the body does not begin with the magic of Kubernetes protobuf');
  let type: JsonMap = {};
  let raw: Buffer = Buffer.alloc(0);
  for (const { number, value } of fieldsOf(bytes.subarray(4))) {
    if (number === 1) type = readMessage(value as Buffer, { 1: ['apiVersion', 'string'], 2: ['kind', 'string'] });
    if (number === 2) raw = value as Buffer;
  }
  const fields = messages[String(type.kind)];
  if (!fields) throw new Error(`the protobuf form of ${type.kind} is not known: send JSON`);
  return { ...type, ...readMessage(raw, fields) };
}

function readMessage(bytes: Buffer, fields: (typeof messages)[string]): JsonMap {
  const object: JsonMap = {};
  for (const { number, value } of fieldsOf(bytes)) {
    const known = fields[number];
    if (!known) {
      // Structs are sent even when they are empty.
      if (typeof value === 'bigint' ? value === 0n : value.length === 0) continue;
      throw new Error(`field ${number} of a message is not known: send JSON`);
    }
    const [name, type] = known;
    const read = readValue(value, type);
    if (typeof type === 'object' && 'list' in type)
      object[name] = [...((object[name] as Json[] | undefined) ?? []), ...(read as Json[])];
    else if (typeof type === 'object' && 'map' in type)
      object[name] = { ...(object[name] as JsonMap | undefined), ...(read as JsonMap) };
    else if (read !== undefined) object[name] = read;
  }
  return object;
}

function readValue(value: bigint | Buffer, type: FieldType): Json | undefined {
  if (typeof type === 'object') {
    if ('message' in type) return readMessage(value as Buffer, messages[type.message]!);
    if ('list' in type) return [readValue(value, type.list) ?? ''];
    const [key, item] = [1, 2].map(
      (number) => fieldsOf(value as Buffer).find((field) => field.number === number)?.value,
    );
    return { [String(key ?? '')]: item === undefined ? '' : (readValue(item, type.map) ?? '') };
  }
  if (type === 'int-or-string') return readIntOrString(value as Buffer);
  // A time is a message of seconds and nanoseconds; only the server's own times come, and it overwrites them.
  if (type === 'time') return undefined;
  if (type === 'quantity') return String(fieldsOf(value as Buffer)[0]?.value ?? '0');
  if (type === 'bytes') return (value as Buffer).toString('base64');
  const scalar = typeof value === 'bigint' ? scalarOf(value, type) : value.toString('utf8');
  return scalar || type.endsWith('?') ? scalar : undefined;
}

function scalarOf(value: bigint, type: string): Json {
  return type.startsWith('bool') ? value !== 0n : Number(BigInt.asIntN(64, value));
}

function readIntOrString(bytes: Buffer): Json {
  const fields = new Map(fieldsOf(bytes).map(({ number, value }) => [number, value]));
  return fields.get(1) === 1n ? String(fields.get(3) ?? '') : Number(fields.get(2) ?? 0n);
}

function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63n) throw new Error('a protobuf message is cut short');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    if ((tag & 7) === 0) fields.push({ number, value: varint() });
    else if ((tag & 7) === 2) {
      const length = Number(varint());
      if (at + length > bytes.length) throw new Error('a protobuf message is cut short');
      fields.push({ number, value: bytes.subarray(at, at + length) });
      at += length;
    } else throw new Error(`wire type ${tag & 7} of a protobuf message is not known`);
  }
  return fields;
}
