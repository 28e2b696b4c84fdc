// Owns: how a write waits for its webhooks although writes are made in one go. It is tried; when webhooks are to be asked, nothing is
// stored, they are asked, and it is tried again. It is made when it would still do what they were asked about, as a real server writes
// only what nobody has changed meanwhile.
import { randomUUID } from 'node:crypto';
import { equals, type JsonMap } from '../object.js';
import type { Environment } from '../operations/environment.js';
import type { Failure } from '../status.js';
import type { Attributes } from './attributes.js';
import { call } from './call.js';
import { configuredWebhooks } from './configured.js';
import { endpointOf } from './endpoint.js';
import { type Match, matching } from './matching.js';
import { readVerdict, refusal, reviewOf, unheard, type Verdict } from './review.js';

/** What webhooks are told about a request beside the write, and how its client is warned. */
export interface Request {
  /** CreateOptions, UpdateOptions or DeleteOptions as given. */
  readonly options: JsonMap;
  readonly warn: (text: string) => void;
}

/** Makes a write that webhooks may refuse. `write` may run several times, and must do nothing but throw before it is admitted. */
export async function admitted<T>(
  environment: Environment,
  request: Request,
  write: (environment: Environment) => T,
): Promise<T> {
  const [uid, now] = [environment.randomUid(), environment.now()];
  let judged: Attributes | undefined;
  const trial: Environment = {
    ...environment,
    // The same in each trial, so that it shows whether anything else has changed.
    randomUid: () => uid,
    now: () => now,
    admit: (attributes) => {
      if (judged !== undefined && isSame(judged, attributes)) return;
      const matches = matching(attributes, configuredWebhooks(environment.store), environment.store);
      if (matches.length > 0) throw new Unjudged(attributes, matches);
    },
  };
  for (;;) {
    try {
      return write(trial);
    } catch (thrown) {
      if (!(thrown instanceof Unjudged)) throw thrown;
      await judge(environment, thrown, request);
      judged = thrown.attributes;
    }
  }
}

/** A write that webhooks have not been asked about. */
class Unjudged {
  readonly attributes: Attributes;
  readonly matches: readonly Match[];

  constructor(attributes: Attributes, matches: readonly Match[]) {
    this.attributes = attributes;
    this.matches = matches;
  }
}

function isSame(a: Attributes, b: Attributes): boolean {
  return (
    a.operation === b.operation &&
    a.name === b.name &&
    a.target.namespace === b.target.namespace &&
    equals(a.object, b.object) &&
    equals(a.oldObject, b.oldObject)
  );
}

/** Asks all at once. Throws the Failure of the first that refuses, or that must be heard and is not. */
async function judge(environment: Environment, { attributes, matches }: Unjudged, request: Request): Promise<void> {
  const answers = await Promise.all(matches.map((match) => ask(environment, attributes, match, request.options)));
  let failure: Failure | undefined;
  for (const [index, verdict] of answers.entries()) {
    const { name, failurePolicy } = matches[index]!.webhook;
    if (typeof verdict === 'string') {
      if (failurePolicy !== 'Ignore') failure ??= unheard(name, verdict);
      continue;
    }
    for (const warning of verdict.warnings) request.warn(warning);
    if (!verdict.allowed) failure ??= refusal(name, verdict);
  }
  if (failure !== undefined) throw failure;
}

/** A string is why the webhook was not heard. */
async function ask(
  { store }: Environment,
  attributes: Attributes,
  { webhook, version }: Match,
  options: JsonMap,
): Promise<Verdict | string> {
  const endpoint = endpointOf(webhook.clientConfig, store);
  if (typeof endpoint === 'string') return endpoint;
  const uid = randomUUID();
  try {
    const answer = await call(endpoint, reviewOf(attributes, version, uid, options), webhook.timeoutSeconds);
    return readVerdict(answer, uid);
  } catch (error) {
    return (error as Error).message;
  }
}
