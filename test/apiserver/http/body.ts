// Owns: reading a request's body.
import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import type { Json } from '../object.js';
import { readObject } from '../protobuf/reader.js';
import { badRequest, Failure, unsupportedMediaType } from '../status.js';

const maximumBytes = 3 * 1024 * 1024;

/** The media type without its parameters. */
export function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
}

/** The body as JSON; YAML where the media type says so; `undefined` when it is empty. Throws a Failure for what cannot be read. */
export async function readBody(request: IncomingMessage): Promise<Json | undefined> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  const type = mediaType(request);
  const read = readers[type] ?? (type.endsWith('+json') ? readers['application/json'] : undefined);
  if (!read) throw unsupportedMediaType(type, Object.keys(readers).filter(Boolean));
  try {
    return read(bytes);
  } catch (error) {
    throw badRequest(`the request body cannot be read: ${(error as Error).message}`);
  }
}

const readJson = (bytes: Buffer): Json => JSON.parse(bytes.toString('utf8'));
const readYaml = (bytes: Buffer): Json => parse(bytes.toString('utf8'));

const readers: Readonly<Record<string, (bytes: Buffer) => Json>> = {
  '': readJson,
  'application/json': readJson,
  'application/yaml': readYaml,
  'application/apply-patch+yaml': readYaml,
  'application/vnd.kubernetes.protobuf': readObject,
};

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maximumBytes)
      throw new Failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maximumBytes}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
