/**
 * Secrets that somebody names, each read by its name and now and then again: an agent may not list or watch Secrets, which would show it
 * all of them, and may read only some.
 */
import { conform } from '../../api/conform.js';
import { ApiError } from '../../platform/kubernetes/api-error.js';
import { secrets } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Clock } from '../../platform/kubernetes/clock.js';
import { describeError } from '../../platform/observability/log.js';
import type { SecretView } from './bgp-source.js';

/** How long until a Secret is read again, in milliseconds: one that is as it should be, and one that is not there or cannot be read. */
const againMs = { well: 60_000, ill: 3_000 } as const;
/** Of all agents not at once. */
const spread = 0.25;

const notAllowed = 'agents may read only what agent.passwordSecrets of the chart lists: add its name there';

const shape = {
  type: 'object',
  properties: { data: { type: 'object', additionalProperties: { type: 'string', maxLength: 4096 } } },
} as const;

export interface NamedSecrets {
  /** From now on these are needed, and no others. */
  need(names: ReadonlySet<string>): void;
  view(name: string): SecretView;
  /** It may be another by now: it is read again as soon as one that is not there. */
  doubt(name: string): void;
  stop(): void;
}

/** @param o.onChange one of them is another than before */
export function readNamedSecrets(o: {
  readonly client: Pick<ApiClient, 'get'>;
  readonly namespace: string;
  readonly onChange: () => void;
  readonly clock: Clock;
}): NamedSecrets {
  const { clock } = o;
  const views = new Map<string, SecretView>();
  const cancels = new Map<string, () => void>();
  /** Those that wait for long until they are read again. */
  const trusted = new Set<string>();

  function readAfter(name: string, waitMs: number): void {
    cancels.get(name)?.();
    cancels.set(
      name,
      clock.after(waitMs * (1 - spread * clock.random()), () => void read(name)),
    );
  }

  async function read(name: string): Promise<void> {
    trusted.delete(name);
    const found = await look(name);
    if (!cancels.has(name)) return;
    const before = views.get(name);
    // What was read of it is no worse for an API server that does not answer.
    const kept = typeof found === 'object' && 'unreadable' in found && typeof before === 'object' && 'data' in before;
    if (!kept && JSON.stringify(found) !== JSON.stringify(before)) {
      views.set(name, found);
      o.onChange();
    }
    const isWell = typeof found === 'object' && 'data' in found;
    if (isWell) trusted.add(name);
    readAfter(name, againMs[isWell ? 'well' : 'ill']);
  }

  async function look(name: string): Promise<NonNullable<SecretView>> {
    try {
      const answer = await o.client.get<unknown>(secrets, `${o.namespace}/${name}`);
      if (answer === undefined) return 'absent';
      return { data: conform<{ data?: Record<string, string> }>(shape, answer).value?.data ?? {} };
    } catch (error) {
      const why = describeError(error);
      return { unreadable: error instanceof ApiError && error.status === 403 ? `${notAllowed} (${why})` : why };
    }
  }

  const forget = (name: string) => {
    cancels.get(name)?.();
    cancels.delete(name);
    trusted.delete(name);
    views.delete(name);
  };

  return {
    need(names) {
      for (const name of [...cancels.keys()]) if (!names.has(name)) forget(name);
      for (const name of names) {
        if (cancels.has(name)) continue;
        cancels.set(name, () => {});
        void read(name);
      }
    },
    view: (name) => views.get(name),
    doubt(name) {
      if (trusted.delete(name)) readAfter(name, againMs.ill);
    },
    stop() {
      for (const name of [...cancels.keys()]) forget(name);
    },
  };
}
