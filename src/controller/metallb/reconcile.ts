/** Keeps our objects equal to those of MetalLB's that they are made from, and says on both what is not so. */

import { bgpConfName } from '../../api/bgp-conf.js';
import { type ApiError, hasStatus } from '../../platform/kubernetes/api-error.js';
import { type Again, overtaken } from '../../platform/kubernetes/work-queue.js';
import type { Context } from '../context/context.js';
import type { Following } from '../context/following.js';
import { bgpConfs, bgpPeers, eips } from '../objects/resources.js';
import { sameJson } from '../objects/same-json.js';
import type { Found } from './found.js';
import { type Action, contentByOthers, type Existing, existingOf, keyOf, planOf } from './plan.js';
import { isMetallbRunning } from './running.js';
import { createTelling } from './tell.js';
import { type Finding, type Outcome, type Wanted, wantedOf } from './wanted.js';
import type { MetallbSource } from './watch.js';
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

export function createMetallbReconciler(c: Context, source: Pick<MetallbSource, 'known'>): MetallbReconciler {
  const tell = createTelling(c.recorder);
  let lookedAt = Number.NEGATIVE_INFINITY;
  let before: { readonly of: readonly unknown[]; readonly outcome: Outcome } | undefined;

  /** It may take long, and of the same comes the same. */
  const outcomeOf = (found: readonly Found[], as: unknown): Outcome => {
    const documents = found.map(({ document }) => document);
    const namespaces = [...c.world.namespaces()];
    const of = [...documents, ...namespaces, as];
    if (before?.of.length === of.length && of.every((each, at) => each === before!.of[at])) return before.outcome;
    const named = namespaces.map(({ metadata: { name, labels = {} } }) => ({ name, labels }));
    before = { of, outcome: wantedOf(documents, { namespaces: named, as }) };
    return before.outcome;
  };

  const show = (following: ReadonlyMap<string, Following>) => {
    const { of } = c.following;
    const former = new Map(of);
    of.clear();
    for (const [key, value] of following) of.set(key, { ...value, message: value.message.slice(0, longestMessage) });
    c.following.known = true;
    for (const key of new Set([...former.keys(), ...of.keys()])) {
      if (sameJson(former.get(key), of.get(key))) continue;
      const [plural, name = ''] = key.split('/');
      if (plural === eips.plural) c.schedule.status(name);
      else c.schedule.bgp(key);
    }
  };

  return {
    reconcile: async () => {
      const known = source.known();
      if (known === undefined) return undefined;
      const waited = c.clock.now() - lookedAt;
      if (waited < lookEveryMs) return { after: lookEveryMs - waited };
      lookedAt = c.clock.now();
      const present = await existing(c);
      const as = contentByOthers(present, bgpConfs, bgpConfName)?.as;
      const { wanted, findings, unread } = outcomeOf(known.found, as);
      const usageOf = (eip: string) => usage(c, eip);
      const unknown = [...known.unread, ...unread];
      const { actions, following, findings: ofPlan } = planOf(wanted, present, usageOf, unknown);
      const shown = new Map<string, Following>(following);
      const more: Finding[] = [];
      const runs = isMetallbRunning(c.world, c.settings.metallb?.namespace ?? '');
      let again: Again | undefined;
      let failure: ApiError | undefined;
      for (const action of actions) {
        if (runs && isSecondSession(action)) {
          shown.delete(keyOf(action.wanted));
          more.push({ object: action.wanted.origin, message: routersText });
          continue;
        }
        const outcome = await perform(c.client, action);
        if (outcome.result === 'overtaken') again = overtaken;
        if (outcome.result === 'failed') failure ??= outcome.error;
        if (outcome.result !== 'refused') continue;
        again ??= { after: refusedAfterMs };
        const at = action.do === 'create' ? action.wanted : action.existing;
        const message = `the server refuses what is to become of it: ${outcome.why}`;
        shown.set(keyOf(at), { status: 'False', reason: 'Refused', message });
        if (action.do === 'create') more.push({ object: action.wanted.origin, message });
      }
      show(runs ? waiting(shown) : shown);
      const said = [...findings, ...ofPlan, ...more, ...overlaps(c, wanted), ...(runs ? stillRuns(wanted) : [])];
      tell(known, said);
      // The others were done all the same.
      if (failure !== undefined) throw failure;
      return again;
    },
  };
}

/** What there is of ours, by the server itself: what is decided on is never older than the last write. */
async function existing({ client }: Context): Promise<readonly Existing[]> {
  const lists = await Promise.all(
    [eips, bgpConfs, bgpPeers].map(async (resource) => {
      try {
        const { items } = await client.list<unknown>(resource);
        return items.flatMap((item) => existingOf(resource, item) ?? []);
      } catch (error) {
        // A server may lack the kinds for BGP.
        if (resource !== eips && hasStatus(error, 404)) return [];
        throw error;
      }
    }),
  );
  return lists.flat();
}

/** A router takes one session from a node: what there is of ours goes on, nothing new takes MetalLB's away. */
function isSecondSession(action: Action): action is Extract<Action, { do: 'create' }> {
  return action.do === 'create' && action.wanted.resource === bgpPeers;
}

const routersText =
  "MetalLB's controller still runs, and a router takes one session from a node: the BgpPeer is made when it is gone";

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
  const pools = new Map(world.pools().map((pool) => [pool.name, pool]));
  return wanted.flatMap(({ resource, name, origin }) => {
    const pool = resource === eips ? pools.get(name) : undefined;
    return pool?.faultReason === 'Overlap' ? [{ object: origin, message: `it gives out nothing: ${pool.fault}` }] : [];
  });
}
