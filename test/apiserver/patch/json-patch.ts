// Owns: JSON patch (RFC 6902) with JSON pointers (RFC 6901).
import { equals, isMap, type Json, type JsonMap } from '../object.js';
import { badRequest, Failure } from '../status.js';

const maximumOperations = 10_000;

/** `document` after all operations. Throws a 400 Failure for what is no patch, 422 when an operation does not fit the document. */
export function jsonPatch(document: JsonMap, patch: Json): Json {
  if (!Array.isArray(patch)) throw badRequest('error decoding patch: a JSON patch is a list of operations');
  if (patch.length > maximumOperations) throw badRequest(`a JSON patch has at most ${maximumOperations} operations`);
  let result: Json = structuredClone(document);
  for (const operation of patch) {
    if (!isMap(operation)) throw badRequest('error decoding patch: an operation is an object');
    result = perform(result, operation);
  }
  return result;
}

function perform(document: Json, operation: JsonMap): Json {
  const { op } = operation;
  const path = pointer(operation.path);
  const value = operation.value === undefined ? null : structuredClone(operation.value);
  switch (op) {
    case 'add':
      return put(document, path, value, true);
    case 'replace':
      read(document, path);
      return put(document, path, value, false);
    case 'remove':
      return remove(document, path);
    case 'test':
      if (!equals(read(document, path), value)) throw doesNotFit(`testing path ${operation.path} value failed`);
      return document;
    case 'copy':
      return put(document, path, structuredClone(read(document, pointer(operation.from))), true);
    case 'move': {
      const from = pointer(operation.from);
      const moved = read(document, from);
      return put(remove(document, from), path, moved, true);
    }
    default:
      throw badRequest(`error decoding patch: unknown operation ${JSON.stringify(op)}`);
  }
}

function pointer(text: Json | undefined): string[] {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/')))
    throw badRequest(`error decoding patch: ${JSON.stringify(text)} is no JSON pointer`);
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const doesNotFit = (why: string) =>
  new Failure(422, 'Invalid', `the server rejected our request due to an error in our request: ${why}`);

function read(document: Json, path: readonly string[]): Json {
  let value: Json | undefined = document;
  for (const part of path) {
    value = Array.isArray(value) ? value[index(part, value.length - 1)] : isMap(value) ? value[part] : undefined;
    if (value === undefined) throw doesNotFit(`there is nothing at /${path.join('/')}`);
  }
  return value;
}

function index(part: string, last: number): number {
  if (!/^(0|[1-9][0-9]*)$/.test(part) || Number(part) > last)
    throw doesNotFit(`${part} is no index of a list with ${last + 1} items`);
  return Number(part);
}

function put(document: Json, path: readonly string[], value: Json, insert: boolean): Json {
  const [last, parent] = [path.at(-1), path.slice(0, -1)];
  if (last === undefined) return value;
  const target = read(document, parent);
  if (Array.isArray(target)) {
    const at = last === '-' && insert ? target.length : index(last, insert ? target.length : target.length - 1);
    target.splice(at, insert ? 0 : 1, value);
  } else if (isMap(target)) target[last] = value;
  else throw doesNotFit(`/${parent.join('/')} is neither an object nor a list`);
  return document;
}

function remove(document: Json, path: readonly string[]): Json {
  read(document, path);
  const last = path.at(-1);
  if (last === undefined) return null;
  const target = read(document, path.slice(0, -1));
  if (Array.isArray(target)) target.splice(index(last, target.length - 1), 1);
  else if (isMap(target)) delete target[last];
  return document;
}
