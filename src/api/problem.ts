/** What is wrong with an object: where, and what to do about it. */
import type { ErrorObject } from 'ajv';
import { cut, shown } from './shown.js';

export interface Problem {
  /** From the object's root: `spec.members[0].priority`. */
  readonly path: string;
  /** What is there, what is allowed. */
  readonly message: string;
}

/** How much of one problem, and how many, a line shows. */
const longestProblem = 768;
const mostShown = 8;

/** One line for a person: `spec.address: is missing: …; spec.vrrp: …`. It stays a line whatever the object holds. */
export function problemsText(problems: readonly Problem[]): string {
  const texts = problems.slice(0, mostShown).map(({ path, message }) => cut(`${path}: ${message}`, longestProblem));
  const more = problems.length - texts.length;
  return [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** What ajv found, in words that name the value and what is allowed. Needs ajv's option `verbose`. */
export function schemaProblem(error: ErrorObject): Problem {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step.replaceAll('~1', '/').replaceAll('~0', '~')}`))
    .join('')
    .replace(/^\./, '');
  const at = path === '' ? 'the object' : path;
  const value = shown(error.data);
  const limit = (error.params as { limit?: number }).limit;
  switch (error.keyword) {
    case 'required': {
      const missing = (error.params as { missingProperty: string }).missingProperty;
      return { path: path === '' ? missing : `${path}.${missing}`, message: 'is missing: it is required' };
    }
    case 'type':
      return {
        path: at,
        message: `is ${value}: it must be of type ${String((error.params as { type: string }).type)}`,
      };
    case 'enum': {
      const allowed = (error.params as { allowedValues: readonly unknown[] }).allowedValues;
      return { path: at, message: `is ${value}: it must be one of ${allowed.join(', ')}` };
    }
    case 'minimum':
      return { path: at, message: `is ${value}: it must be at least ${limit}` };
    case 'maximum':
      return { path: at, message: `is ${value}: it must be at most ${limit}` };
    case 'minLength':
      return { path: at, message: 'is empty: it must not be' };
    case 'maxLength':
      return { path: at, message: `has ${(error.data as string).length} characters: at most ${limit} are possible` };
    case 'maxItems':
      return { path: at, message: `has ${(error.data as unknown[]).length} entries: at most ${limit} are possible` };
    case 'pattern': {
      if (at.endsWith('authentication.keys')) {
        const message =
          'is no name: it must be lower-case letters, digits and -, such as lan, and is not shown in case it is a key itself: ' +
          'a key belongs into the Secret';
        return { path: at, message };
      }
      const duration = String(error.schema).includes('ms|s|m|h');
      return {
        path: at,
        message: duration
          ? `is ${value}: it must be a duration such as 250ms, 1s or 1m30s`
          : `is ${value}: it must match ${String(error.schema)}`,
      };
    }
    default:
      return { path: at, message: `is ${value}: it ${error.message ?? 'is not allowed'}` };
  }
}
