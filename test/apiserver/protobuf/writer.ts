// Owns: the wire format of protocol buffers, writing. Field numbers are the caller's.
// Source: https://protobuf.dev/programming-guides/encoding/ (varints and length-delimited fields are all that is needed).

/** A message or a part of one. */
export type Message = readonly Buffer[];

export function stringField(number: number, text: string | undefined): Message {
  return text === undefined ? [] : bytesField(number, Buffer.from(text, 'utf8'));
}

export function messageField(number: number, message: Message): Message {
  return bytesField(number, Buffer.concat(message));
}

function bytesField(number: number, bytes: Buffer): Message {
  return [varint((number << 3) | 2), varint(bytes.length), bytes];
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}
