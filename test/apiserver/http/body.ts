// Owns: reading a request's body.
import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import type { Json } from '../object.js';
import { badRequest, Failure, unsupportedMediaType } from '../status.js';

const maximumBytes = 3 * 1024 * 1024;

/** The media type without its parameters. */
export function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
}

/** The body as JSON; YAML where the media type says so; `undefined` when it is empty. Throws a Failure for what cannot be read. */
export async function readBody(request: IncomingMessage): Promise<Json | undefined> {
  const text = await readText(request);
  if (text === '') return undefined;
  const type = mediaType(request);
  if (type === 'application/vnd.kubernetes.protobuf' || type.endsWith('cbor'))
    throw unsupportedMediaType(type, ['application/json', 'application/yaml']);
  try {
    return (type.endsWith('yaml') ? parse(text) : JSON.parse(text)) as Json;
  } catch (error) {
    throw badRequest(`the request body cannot be read: ${(error as Error).message}`);
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maximumBytes)
      throw new Failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maximumBytes}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
