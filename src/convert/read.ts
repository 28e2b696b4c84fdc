/** YAML in, documents out: several in a file, and kubectl's Lists. */
import { LineCounter, type Document as YamlDocument } from 'yaml';
import { compose, tooDeep, valueNestsDeep } from '../agent/sources/manifest-file.js';
import { describeError } from '../platform/observability/log.js';
import { type Document, documentOf, fields } from './document.js';

export type Read =
  | { readonly ok: true; readonly documents: readonly Document[] }
  | { readonly ok: false; readonly reason: string };

/** @param from what the text is called when it is wrong: a file's name */
export function readDocuments(text: string, from: string): Read {
  const parsed: YamlDocument[] = [];
  const reading = compose(text, new LineCounter(), parsed);
  let step = reading.next();
  while (!step.done) step = reading.next();
  if (step.value !== undefined) return { ok: false, reason: `${from}: ${step.value}` };
  const documents: Document[] = [];
  for (const [at, document] of parsed.entries()) {
    const where = `${from}, document ${at + 1}`;
    const [error] = document.errors;
    if (error !== undefined) return { ok: false, reason: `${from}: ${error.message.split('\n', 1)[0]}` };
    let value: unknown;
    try {
      value = document.toJS();
    } catch (error) {
      return { ok: false, reason: `${where}: ${describeError(error)}` }; // aliases that would fill the memory
    }
    if (value === null || value === undefined) continue;
    if (valueNestsDeep(value)) return { ok: false, reason: `${where}: ${tooDeep}` };
    const read = objectsOf(value, where);
    if (!read.ok) return read;
    documents.push(...read.documents);
  }
  return { ok: true, documents };
}

function objectsOf(value: unknown, where: string): Read {
  const object = fields(value);
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    return { ok: false, reason: `${where}: is no Kubernetes object: apiVersion or kind is missing` };
  }
  if (kind.endsWith('List') && Array.isArray(object.items)) {
    const documents: Document[] = [];
    for (const [at, item] of object.items.entries()) {
      // In a typed list the items may leave out what the list says.
      const typed = kind === 'List' ? item : { apiVersion, kind: kind.slice(0, -'List'.length), ...fields(item) };
      const read = objectsOf(typed, `${where}, item ${at + 1}`);
      if (!read.ok) return read;
      documents.push(...read.documents);
    }
    return { ok: true, documents };
  }
  const document = documentOf(apiVersion, kind, object);
  if (document === undefined) return { ok: false, reason: `${where}: ${kind} has no metadata.name` };
  return { ok: true, documents: [document] };
}
