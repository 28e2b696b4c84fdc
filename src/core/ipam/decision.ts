/** What a Service asks of the pools, and what it gets. */
import type { Family, IpAddress } from '../ip/address.js';
import type { Namespace } from './pool.js';
import type { Terms } from './sharing.js';

export interface Request {
  /** `namespace/name` of the Service. */
  readonly key: string;
  /** RFC 3339 instant of creation. */
  readonly created: string;
  readonly namespace: Namespace;
  /** Its labels that pools choose by; undefined: they are not known. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The families of the Service, its primary one first; one or two. */
  readonly families: readonly Family[];
  /** Whether one family is enough when two are wanted (PreferDualStack). */
  readonly oneFamilySuffices: boolean;
  /** Pools named by the Service, in the order they are to be tried; empty for the automatic choice. */
  readonly pools: readonly string[];
  /** What is asked for but is no address. */
  readonly badAddress?: string;
  /** Why nothing can be made of what it asks for, whatever pools there are. */
  readonly impossible?: Refusal;
  readonly terms: Terms;
  /** What the Service has now, by its status. */
  readonly current: readonly IpAddress[];
  /** What it was given last, by its record: it gets that again while nobody else has it and it may have it at all. */
  readonly recorded?: readonly IpAddress[];
  /** Of those, what it is better off without: exchanged for others where it did not ask for them, and the pools have some. */
  readonly useless?: readonly IpAddress[];
  /** The pool its addresses came from when they were given, by its label. */
  readonly origin?: string;
}

export interface Grant {
  readonly address: IpAddress;
  /** The pool whose addresses it is announced with. */
  readonly pool: string;
}

export type RefusalReason =
  | 'InvalidService' // it cannot be read, or goes beyond what is read of it
  | 'AnnotationTooLong'
  | 'AddressInvalid' // what is asked for is no address
  | 'AddressOutsidePools' // no pool, or not the named one, holds it
  | 'AddressAvoided' // the pool leaves out .0 and .255
  | 'AddressExcluded' // it is a node's, a router's, …
  | 'AddressTaken' // another Service has it, and they may not share
  | 'PoolUnknown'
  | 'PoolInvalid' // the Eip's definition is wrong
  | 'PoolDisabled'
  | 'PoolFull'
  | 'NamespaceNotAllowed'
  | 'ServiceNotSelected' // the Eip is for Services with other labels
  | 'NoPool' // none for this namespace and no default
  | 'FamilyUnavailable'; // no fitting pool has addresses of the family

export interface Refusal {
  readonly reason: RefusalReason;
  /** One sentence or two: pool, cause and remedy. */
  readonly message: string;
}

export type Decision =
  /** What the Service has is right. */
  | { readonly outcome: 'keep'; readonly grants: readonly Grant[]; readonly lacking?: Refusal }
  /** `grants` is everything the Service has from now on; `lacking` says why a family it prefers to have is missing. */
  | { readonly outcome: 'allocated'; readonly grants: readonly Grant[]; readonly lacking?: Refusal }
  /** `grants` is what it keeps although it asks for something else: what serves now is not taken before there is better. */
  | { readonly outcome: 'refused'; readonly grants: readonly Grant[]; readonly refusal: Refusal };
