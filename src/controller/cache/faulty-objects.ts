/**
 * What is wrong with objects that came in: counted, logged, and told by an Event on the object while this controller leads. Eips and
 * Services have better words for it, a condition and a refusal, and are only counted here.
 */
import type { Clock, Log } from '../../platform/kubernetes/clock.js';
import type { EventRecorder } from '../../platform/kubernetes/events.js';
import { apiVersionOf, type ObjectMeta, type Resource } from '../../platform/kubernetes/resource.js';
import { createTokenBucket } from '../../platform/kubernetes/token-bucket.js';

export interface FaultyObjects {
  /** To be called for each version of an object that is wrong; without `problem` it no longer is. */
  note(resource: Resource, metadata: ObjectMeta, problem: string | undefined, refused: boolean): void;
  /** Why an object is refused as a whole now; undefined when it is not. */
  refusalOf(resource: Resource, name: string): string | undefined;
  /** Whether that is so of this version of it. */
  isRefused(resource: Resource, metadata: ObjectMeta): boolean;
  /** The names of the objects of a kind that are refused as a whole now. */
  refused(resource: Resource): readonly string[];
  /** From now on people are told, at first of all that is wrong already. */
  begin(): void;
  end(): void;
  /** How often something was wrong with an object of a kind, since the start. */
  counts(): ReadonlyMap<string, number>;
}

interface Fault {
  readonly resource: Resource;
  readonly metadata: ObjectMeta;
  readonly problem: string;
  readonly refused: boolean;
}

/** Log lines about objects: those who can write them can do so as often as they like. */
const logRate = { burst: 20, perSecond: 1 / 10 };

const toldElsewhere: ReadonlySet<string> = new Set(['Eip', 'Service']);

export function createFaultyObjects(o: {
  readonly recorder: Pick<EventRecorder, 'event'>;
  readonly log: Log;
  readonly clock: Clock;
}): FaultyObjects {
  const faults = new Map<string, Fault>();
  const counts = new Map<string, number>();
  const logged = createTokenBucket(logRate);
  let telling = false;

  const idOf = ({ plural }: Resource, { namespace = '', name }: Pick<ObjectMeta, 'name' | 'namespace'>) =>
    `${plural}/${namespace}/${name}`;

  const tell = ({ resource, metadata: { name, namespace, uid }, problem, refused }: Fault) => {
    if (!telling || toldElsewhere.has(resource.kind)) return;
    const regarding = {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
    };
    const message = refused
      ? `it is left out, what it said before goes on: ${problem}`
      : `what is wrong with it is left out: ${problem}`;
    o.recorder.event(regarding, 'Warning', 'InvalidObject', message);
  };

  return {
    note(resource, metadata, problem, refused) {
      const id = idOf(resource, metadata);
      if (problem === undefined) {
        faults.delete(id);
        return;
      }
      const fault = { resource, metadata, problem, refused };
      faults.set(id, fault);
      counts.set(resource.kind, (counts.get(resource.kind) ?? 0) + 1);
      if (logged.tryTake(o.clock.now())) {
        const { name, namespace } = metadata;
        o.log.warn('an object is wrong: what is wrong with it is left out', {
          kind: resource.kind,
          name,
          ...(namespace === undefined ? {} : { namespace }),
          problem,
        });
      }
      tell(fault);
    },
    refusalOf: (resource, name) => {
      const fault = faults.get(idOf(resource, { name }));
      return fault?.refused ? fault.problem : undefined;
    },
    isRefused: (resource, metadata) => {
      const fault = faults.get(idOf(resource, metadata));
      return fault?.refused === true && fault.metadata.resourceVersion === metadata.resourceVersion;
    },
    refused: ({ plural }) =>
      [...faults.values()]
        .filter(({ resource, refused }) => refused && resource.plural === plural)
        .map(({ metadata }) => metadata.name),
    begin() {
      telling = true;
      for (const fault of faults.values()) tell(fault);
    },
    end() {
      telling = false;
    },
    counts: () => counts,
  };
}
