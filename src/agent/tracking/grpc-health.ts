/**
 * The two messages of grpc.health.v1.Health/Check as they travel: pure.
 * Source: grpc/grpc doc/health-checking.md, doc/PROTOCOL-HTTP2.md; protobuf encoding.
 */
import type { CheckResult } from '../../core/tracking/check.js';

export const healthMethod = '/grpc.health.v1.Health/Check';

/** What came back. A reply that is an error has no message. */
export interface HealthReply {
  /** HTTP; 200 of anything that speaks gRPC. */
  readonly status: number;
  /** gRPC's own, from the trailers or, without a message, from the headers. */
  readonly grpcStatus: string | undefined;
  readonly body: Uint8Array;
}

/** A HealthCheckRequest: field 1, the service, which is left out when empty; after the prefix of a message that is not compressed. */
export function healthRequest(service: string): Uint8Array {
  const name = new TextEncoder().encode(service);
  const message = name.length === 0 ? [] : [0x0a, ...varint(name.length), ...name];
  const prefix = new Uint8Array(5);
  new DataView(prefix.buffer).setUint32(1, message.length);
  return Uint8Array.from([...prefix, ...message]);
}

/** Passes when the service says that it serves. */
export function healthOf({ status, grpcStatus, body }: HealthReply, service: string): CheckResult {
  const what = service === '' ? 'the server' : `service ${service}`;
  const failed = (reason: string): CheckResult => ({ ok: false, reason });
  if (status !== 200) return failed(`answers with HTTP status ${status}`);
  if (grpcStatus === '5') return failed(`does not know ${what}`);
  if (grpcStatus === '12') return failed('has no grpc.health.v1.Health');
  if (grpcStatus !== '0') return failed(`answers with gRPC status ${grpcStatus ?? 'none'}`);
  const serving = servingStatus(body);
  if (serving === undefined) return failed('answers with no HealthCheckResponse');
  return serving === 1 ? { ok: true } : failed(`says that ${what} is ${words[serving] ?? `in state ${serving}`}`);
}

const words: Readonly<Record<number, string>> = { 0: 'UNKNOWN', 2: 'NOT_SERVING', 3: 'SERVICE_UNKNOWN' };

/** Field 1 of the only message in the body, an enumeration that is 0 when left out; undefined when it is none. Other fields are skipped. */
function servingStatus(body: Uint8Array): number | undefined {
  if (body.length < 5 || body[0] !== 0) return undefined;
  const length = new DataView(body.buffer, body.byteOffset).getUint32(1);
  if (length !== body.length - 5) return undefined;
  let found = 0;
  for (let at = 5; at < body.length; ) {
    const tag = readVarint(body, at);
    if (tag === undefined) return undefined;
    const value = (tag.value & 7) === 1 || (tag.value & 7) === 5 ? undefined : readVarint(body, tag.next);
    switch (tag.value & 7) {
      case 0:
        if (value === undefined) return undefined;
        if (tag.value >> 3 === 1) found = value.value;
        at = value.next;
        break;
      case 1:
        at = tag.next + 8;
        break;
      case 2:
        if (value === undefined) return undefined;
        at = value.next + value.value;
        break;
      case 5:
        at = tag.next + 4;
        break;
      default:
        return undefined;
    }
    if (at > body.length) return undefined;
  }
  return found;
}

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >> 7)];
}

/** Up to four bytes, 28 bits: nothing here is longer. */
function readVarint(bytes: Uint8Array, from: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let at = from; at < Math.min(bytes.length, from + 4); at += 1) {
    value |= (bytes[at]! & 0x7f) << (7 * (at - from));
    if (bytes[at]! < 0x80) return { value, next: at + 1 };
  }
  return undefined;
}
