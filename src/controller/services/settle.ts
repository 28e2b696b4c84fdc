/** Enters decisions in the ledger, and has everybody looked at whom that concerns. Waits for nothing, so that no other decision comes between. */
import type { Grant, Request } from '../../core/ipam/decision.js';
import type { Context } from '../context/context.js';
import { sameJson } from '../objects/same-json.js';
import { addressesOf, type Decided, without } from './decide.js';

type Scope = Pick<Context, 'assignments' | 'schedule'>;

/**
 * Decides on a Service with what it holds out of the ledger, and enters what was decided.
 *
 * @param decideWithout decides while the ledger has nothing of the Service
 */
export function settle(c: Scope, key: string, decideWithout: () => Decided): Decided {
  const held = c.assignments.ledger.holding(key);
  const before = c.assignments.grants(key);
  c.assignments.release(key);
  const decided = decideWithout();
  const { request, decision, leaving, kept } = decided;
  const { terms, created } = request;
  const still = [...addressesOf(decision.grants), ...leaving, ...kept];
  if (still.length > 0) {
    c.assignments.assign({ key, terms, created }, decision.grants, [...leaving, ...kept]);
  }
  if (without(held?.addresses ?? [], still).length > 0) c.schedule.waiting();
  if (!sameJson(before.map(plain), decision.grants.map(plain)) || !sameTerms(held?.terms, terms)) {
    concern(c, key, before, decision.grants);
  }
  return decided;
}

/** The status says what was decided: what it said before is free. */
export function settleLeaving(c: Scope, { request, decision: { grants }, leaving, kept }: Decided): void {
  if (leaving.length === 0) return;
  const { key, terms, created } = request;
  c.assignments.release(key);
  if (grants.length + kept.length > 0) c.assignments.assign({ key, terms, created }, grants, kept);
  for (const address of leaving) {
    for (const other of c.assignments.ledger.holders(address)) c.schedule.service(other.key);
  }
  c.schedule.waiting();
}

/** The Service holds nothing any more. @param before what it held */
export function settleRelease(c: Scope, key: string, before: readonly Grant[]): void {
  c.assignments.release(key);
  if (before.length > 0) concern(c, key, before, []);
}

/** Everybody is looked at whom a change of what a Service holds concerns. */
function concern({ assignments, schedule }: Scope, key: string, before: readonly Grant[], after: readonly Grant[]) {
  for (const pool of new Set([...before, ...after].map((grant) => grant.pool))) {
    schedule.groups(pool);
    schedule.status(pool);
  }
  schedule.tell(key);
  for (const { address } of [...before, ...after]) {
    for (const other of assignments.ledger.holders(address)) if (other.key !== key) schedule.service(other.key);
  }
  if (before.length > 0) schedule.waiting();
}

/** Grants hold bigints, which JSON does not. */
function plain({ address, pool }: Grant): readonly string[] {
  return [String(address.family), address.value.toString(), pool];
}

function sameTerms(a: Request['terms'] | undefined, b: Request['terms']): boolean {
  if (a === undefined) return false;
  const flat = (terms: Request['terms']) => ({ ...terms, asked: terms.asked.map(({ value }) => value.toString()) });
  return sameJson(flat(a), flat(b));
}
