/** YAML in, documents out: several in a file, and kubectl's Lists. */
import { parseAllDocuments } from 'yaml';
import { type Document, type Fields, fields, strings } from './document.js';

export type Read =
  | { readonly ok: true; readonly documents: readonly Document[] }
  | { readonly ok: false; readonly reason: string };

/** @param from what the text is called when it is wrong: a file's name */
export function readDocuments(text: string, from: string): Read {
  const documents: Document[] = [];
  for (const [at, parsed] of parseAllDocuments(text).entries()) {
    const [error] = parsed.errors;
    if (error !== undefined) return { ok: false, reason: `${from}: ${error.message.split('\n', 1)[0]}` };
    const value: unknown = parsed.toJS();
    if (value === null || value === undefined) continue;
    const read = objectsOf(value, `${from}, document ${at + 1}`);
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

/** Of any JSON; undefined: it has no name. */
export function documentOf(apiVersion: string, kind: string, object: Fields): Document | undefined {
  const metadata = fields(object.metadata);
  if (typeof metadata.name !== 'string' || metadata.name === '') return undefined;
  const namespace = typeof metadata.namespace === 'string' ? { namespace: metadata.namespace } : {};
  return {
    apiVersion,
    kind,
    metadata: {
      name: metadata.name,
      ...namespace,
      labels: texts(metadata.labels),
      annotations: texts(metadata.annotations),
      finalizers: strings(metadata.finalizers),
    },
    spec: fields(object.spec),
    data: fields(object.data),
    status: fields(object.status),
    called: `${kind} ${namespace.namespace === undefined ? '' : `${namespace.namespace}/`}${metadata.name}`,
  };
}

/** What should be texts alone; a number or a boolean that somebody forgot to quote is read as it is written. */
function texts(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(fields(value)).map(([key, each]) => [
    key,
    typeof each === 'object' && each !== null ? JSON.stringify(each) : String(each ?? ''),
  ]);
  return Object.fromEntries(entries);
}
