/** The objects in the text of a manifest, each with where it stands. Reads no more than `compose` does, whatever the text is. */
import { type Document, LineCounter } from 'yaml';
import { compose, tooDeep, valueNestsDeep } from '../agent/sources/manifest-file.js';
import { cut } from '../api/shown.js';
import { fields } from '../convert/document.js';
import { describeError } from '../platform/observability/log.js';
import { lineOfPath } from './line-of-path.js';

export interface Placed {
  readonly file: string;
  readonly value: unknown;
  /** `Eip lan`, as messages call it. */
  readonly called: string;
  lineOf(path: string): number;
}

/** What is no YAML, or too much of it. */
export interface Unreadable {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface Contents {
  readonly objects: readonly Placed[];
  readonly unreadable: readonly Unreadable[];
}

/** Several documents, JSON, and Lists, whose items may leave out what a typed one says. */
export function objectsIn(text: string, file: string): Contents {
  const lines = new LineCounter();
  const documents: Document[] = [];
  const reading = compose(text, lines, documents);
  let step = reading.next();
  while (!step.done) step = reading.next();
  const at = (offset: number, message: string): Unreadable => ({ file, line: lines.linePos(offset).line, message });
  if (step.value !== undefined) return { objects: [], unreadable: [{ file, line: 1, message: step.value }] };
  const objects: Placed[] = [];
  const unreadable: Unreadable[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) {
      unreadable.push(at(error.pos[0], error.message.split('\n', 1)[0]!));
      continue;
    }
    const start = document.range?.[0] ?? 0;
    try {
      const value: unknown = document.toJS();
      if (value === null || value === undefined) continue;
      if (valueNestsDeep(value)) unreadable.push(at(start, tooDeep));
      else objects.push(...placed(value, '', { file, document, lines }));
    } catch (error) {
      unreadable.push(at(start, describeError(error))); // aliases that would fill the memory
    }
  }
  return { objects, unreadable };
}

interface Origin {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

function placed(value: unknown, prefix: string, from: Origin): readonly Placed[] {
  const { apiVersion, kind, items } = fields(value);
  if (prefix === '' && typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    const head = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
    return items.flatMap((item: unknown, index) => {
      const whole = typeof item === 'object' && item !== null && !Array.isArray(item) ? { ...head, ...item } : item;
      return placed(whole, `items[${index}]`, from);
    });
  }
  const { file, document, lines } = from;
  const called = calledOf(value);
  return [{ file, value, called, lineOf: (path) => lineOfPath(document, lines, joined(prefix, path)) }];
}

function joined(prefix: string, path: string): string {
  return prefix === '' || path === '' || path.startsWith('[') ? prefix + path : `${prefix}.${path}`;
}

function calledOf(value: unknown): string {
  const { kind, metadata } = fields(value);
  const { name, namespace } = fields(metadata);
  const place = typeof namespace === 'string' ? `${cut(namespace, longestName)}/` : '';
  return `${typeof kind === 'string' ? cut(kind, longestName) : 'object'} ${typeof name === 'string' ? place + cut(name, longestName) : 'without a name'}`;
}

const longestName = 64;
