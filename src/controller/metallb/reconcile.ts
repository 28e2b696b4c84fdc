/** Keeps our objects equal to those of MetalLB's that they are made from, and says on both what is not so. */
import type { ObjectReference } from '../../platform/kubernetes/event-object.js';
import { type Again, overtaken } from '../../platform/kubernetes/work-queue.js';
import type { Context, Following } from '../context/context.js';
import { createWarnings, mostWarnings } from '../events/warnings.js';
import { bgpConfs, bgpPeers, eips } from '../objects/resources.js';
import { sameJson } from '../objects/same-json.js';
import { type Existing, existingOf, keyOf, planOf } from './plan.js';
import { isMetallbRunning } from './running.js';
import { type Finding, type Wanted, wantedOf } from './wanted.js';
import type { Found, MetallbSource } from './watch.js';
import { perform } from './write.js';

export interface MetallbReconciler {
  reconcile(): Promise<Again | undefined>;
}

/** When what the server refused is tried again, in milliseconds. */
const refusedAfterMs = 30_000;

/** The least time between two looks, in milliseconds: each reads our objects anew. */
const lookEveryMs = 500;

/** Longer conditions nobody reads. */
const longestMessage = 2048;

export function createMetallbReconciler(c: Context, source: Pick<MetallbSource, 'found'>): MetallbReconciler {
  const warnings = createWarnings(c.recorder);
  /** What was warned of, to take note when it is gone. */
  const warned = new Set<string>();
  let lookedAt = Number.NEGATIVE_INFINITY;

  const tell = (found: readonly Found[], findings: readonly Finding[]) => {
    const now = new Set<string>();
    for (const { document, reference } of found) {
      const own = findings.filter(
        ({ object }) => object === document.called || object.startsWith(`${document.called}, `),
      );
      const texts = own.map(({ object, message }) => `${object.slice(document.called.length + 2)}: ${message}`);
      if (own.length === 0) continue;
      now.add(document.called);
      const list = texts.map((text) => ({ reason: 'NotAsWritten', message: text.replace(/^: /, '') }));
      warnings.tell(document.called, reference as ObjectReference, list.slice(0, mostWarnings));
    }
    for (const called of warned) if (!now.has(called)) warnings.forget(called);
    warned.clear();
    for (const called of now) warned.add(called);
  };

  const show = (following: ReadonlyMap<string, Following>) => {
    const before = new Map(c.following);
    c.following.clear();
    for (const [key, value] of following)
      c.following.set(key, { ...value, message: value.message.slice(0, longestMessage) });
    for (const key of new Set([...before.keys(), ...c.following.keys()])) {
      if (sameJson(before.get(key), c.following.get(key))) continue;
      const [plural, name = ''] = key.split('/');
      if (plural === eips.plural) c.schedule.status(name);
      else c.schedule.bgp(key);
    }
  };

  return {
    reconcile: async () => {
      const found = source.found();
      if (found === undefined) return undefined;
      const waited = c.clock.now() - lookedAt;
      if (waited < lookEveryMs) return { after: lookEveryMs - waited };
      lookedAt = c.clock.now();
      const namespaces = [...c.world.namespaces()].map(({ metadata: { name, labels = {} } }) => ({ name, labels }));
      const { wanted, findings } = wantedOf(
        found.map(({ document }) => document),
        { namespaces },
      );
      const { actions, following, findings: ofPlan } = planOf(wanted, await existing(c), (eip) => usage(c, eip));
      const shown = new Map<string, Following>(following);
      const refused: Finding[] = [];
      let again: Again | undefined;
      for (const action of actions) {
        const outcome = await perform(c.client, action);
        if (outcome.result === 'overtaken') again = overtaken;
        if (outcome.result !== 'refused') continue;
        again ??= { after: refusedAfterMs };
        const at = action.do === 'create' ? action.wanted : action.existing;
        const message = `the server refuses what is to become of it: ${outcome.why}`;
        shown.set(keyOf(at), { status: 'False', reason: 'Refused', message });
        if (action.do === 'create') refused.push({ object: action.wanted.origin, message });
      }
      const runs = isMetallbRunning(c.world, c.settings.metallb?.namespace ?? '');
      show(runs ? waiting(shown) : shown);
      tell(found, [...findings, ...ofPlan, ...refused, ...overlaps(c, wanted), ...(runs ? stillRuns(wanted) : [])]);
      return again;
    },
  };
}

/** What there is of ours, by the server itself: what is decided on is never older than the last write. */
async function existing({ client }: Context): Promise<readonly Existing[]> {
  const lists = await Promise.all(
    [eips, bgpConfs, bgpPeers].map(async (resource) => {
      const { items } = await client.list<unknown>(resource);
      return items.flatMap((item) => existingOf(resource, item) ?? []);
    }),
  );
  return lists.flat();
}

const runsText =
  "MetalLB's controller still runs: Services without a class or an annotation of ours are left to it, and keep their addresses when it is gone";

/** It comes first: as long as that is so, nothing else matters. */
function waiting(following: ReadonlyMap<string, Following>): ReadonlyMap<string, Following> {
  return new Map(
    [...following].map(([key, { status, reason, message }]) => [
      key,
      status === 'True' && key.startsWith(`${eips.plural}/`)
        ? { status, reason: 'MetallbRuns', message: `${runsText}; ${message}` }
        : { status, reason, message },
    ]),
  );
}

function stillRuns(wanted: readonly Wanted[]): readonly Finding[] {
  return wanted.flatMap(({ resource, origin }) => (resource === eips ? [{ object: origin, message: runsText }] : []));
}

/** How many of its addresses Services have. */
function usage({ assignments }: Context, eip: string): number {
  return new Set([...assignments.ofPool(eip)].map(({ address }) => `${address.family} ${address.value}`)).size;
}

/** Of two that have the same addresses the older one has them. */
function overlaps({ world }: Context, wanted: readonly Wanted[]): readonly Finding[] {
  return wanted.flatMap(({ resource, name, origin }) => {
    const pool = resource === eips ? world.pools().find((each) => each.name === name) : undefined;
    return pool?.faultReason === 'Overlap' ? [{ object: origin, message: `it gives out nothing: ${pool.fault}` }] : [];
  });
}
