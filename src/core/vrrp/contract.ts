import type { Family } from '../ip/address.js';
import type { Micros } from '../time.js';
import type { Advert } from '../wire/vrrp.js';

/** The states of RFC 9568 section 6.4. */
export type State = 'Initialize' | 'Backup' | 'Active';

/** What an operator chose for one virtual router on one node. */
export interface VirtualRouterConfig {
  readonly version: 2 | 3;
  readonly family: Family;
  /** 1..255 */
  readonly virtualRouterId: number;
  /** 1..255; 255 is the owner: Active at once, and preempting whatever `preempt` says. */
  readonly priority: number;
  /** Time between our own adverts. Version 3: 10 ms to 40.95 s in steps of 10 ms; version 2: 1 s to 255 s in whole seconds. */
  readonly advertisementInterval: Micros;
  /** Whether a better Backup takes over from a live, lower Active. The RFC's default is true, this product's is false. */
  readonly preempt: boolean;
  /** For how long after start or link-up a better Backup leaves a live, lower Active alone. Vendor extension (keepalived). */
  readonly preemptDelay: Micros;
  /**
   * Whoever has this priority or a lower one is a member of last resort: a Backup above takes over from such an Active whatever
   * `preempt` says. Absent or 0: nobody is. Extension of this product.
   */
  readonly lastResorts?: number;
  /**
   * Set while the others may not hear this router, because its adverts come from where they expect nobody. It then leads only as long
   * as it hears no other leader: who would contend with it does not know of it.
   */
  readonly unheard?: boolean;
  /**
   * Whether adverts come from the virtual router MAC, which the addresses answer with (RFC 9568 section 7.3): switches then lead hosts to
   * whoever advertised last.
   */
  readonly virtualMac?: boolean;
  /**
   * How often an Active on its way out says priority 0 again, in microseconds: so often that a member which has just come soon hears
   * it, but not so often that it makes another member wait longer (`resignationInterval`). Absent: each `advertisementInterval`.
   */
  readonly resignationInterval?: Micros;
  /** Primary address of the interface (IPv6: link-local), 4 or 16 bytes: who wins a tie. */
  readonly source: Uint8Array;
}

/** Why a state was left, in the words of the Input or timer that did it. */
export type TransitionReason =
  /** Initialize to Backup: the router was started. */
  | 'startup'
  /** Initialize to Backup: the link came back. */
  | 'link-up'
  /** Initialize to Active: priority 255. */
  | 'owner'
  /** Backup to Active: nothing was heard for the Active_Down_Interval. */
  | 'no-response'
  /** Backup to Active: so, and no Active was heard since it takes part. Whoever is first at a cold start leads for that alone. */
  | 'unopposed'
  /** Backup to Active: the former Active gave up with priority 0. */
  | 'priority-zero'
  /** Backup to Active: the former Active neither advertised nor answered when it was asked whether it lives. Extension of this product. */
  | 'peer-lost'
  /** Backup to Active: the Active lives but is lower, and this router preempts or the Active is a member of last resort. */
  | 'preempt'
  /** Active to Backup: somebody with a higher priority, or the same and a higher address, is Active. */
  | 'better-advert'
  /** Active to Backup: a successor took over on request. */
  | 'hand-over'
  /** Active to Backup: this router slept for longer than its peers wait, or finds that somebody took over while it slept. */
  | 'slept'
  /** To Initialize. */
  | 'link-down'
  /** To Initialize, for good. */
  | 'shutdown';

export type Input =
  /** The configuration is complete: take part. Begins only once the link is up; ignored unless new or released. */
  | { readonly type: 'startup' }
  /**
   * Leave for good. Planned: an Active gives up with priority 0 but goes on answering until its successor has spoken, or until
   * nobody has for a bounded time. Immediate: it gives up and lets go in the same step. Both end with 'released'.
   */
  | { readonly type: 'shutdown'; readonly immediate?: boolean }
  /** A deadline may have passed. Early calls change nothing, late ones act once. */
  | { readonly type: 'time' }
  /** An advert that `receiveAdvert` accepted, and the address it came from. */
  | { readonly type: 'advert'; readonly advert: Advert; readonly source: Uint8Array }
  /** Priority, interval, preemption, source or virtual router ID changed in place. With `handOver` an Active then gives leadership away. */
  | { readonly type: 'configure'; readonly config: VirtualRouterConfig; readonly handOver?: boolean }
  /**
   * An Active passes leadership to the best Backup without leaving the group, and answers until that one has spoken. When nobody
   * does, it stays Active. A preempting router takes leadership back afterwards unless its priority was lowered before.
   */
  | { readonly type: 'hand-over' }
  /**
   * The Active at `source` is known to be gone, as after priority 0, though it could not say so: a Backup that follows it takes over after a
   * skew, unless an advert comes meanwhile. The skew is that of an interval of `spread` at most: so long that the better of two
   * Backups, which notice at different times, is first. It counts from `best`, the highest priority that a Backup can have now, whose skew
   * is none; absent where that is not known, and then from 256 as every Skew_Time. `patient`: an advert must be overdue as well, since who
   * answers there may be another program than the one that advertises.
   */
  | {
      readonly type: 'peer-lost';
      readonly source: Uint8Array;
      readonly spread: Micros;
      readonly best?: number | undefined;
      readonly patient: boolean;
    }
  | { readonly type: 'link-down' }
  | { readonly type: 'link-up' }
  /**
   * The driver woke this much after the instant it had asked for. To be given before any frame or timer of that wake is handled.
   * Harmless when the lateness is small.
   */
  | { readonly type: 'slept'; readonly lateness: Micros };

/** What the driver must do, in the order given. */
export type Output =
  /** Send one advert with this priority now, before any work that takes long: peers are counting. */
  | { readonly type: 'advertise'; readonly priority: number }
  /**
   * Put the addresses in place. Comes after the first advert, so that a lower Active is silent before hosts are told; but with a virtual
   * MAC before it when the former Active gave up, which answers until it hears that advert.
   */
  | { readonly type: 'take-addresses' }
  /** Start, or start again, the gratuitous announcements. Comes after 'take-addresses'; to be sent only once those are in place. */
  | { readonly type: 'announce' }
  /** Stop announcing and answering and remove the addresses, before anything else is done. Idempotent. */
  | { readonly type: 'drop-addresses' }
  /** For the record: nothing depends on it. `activeSource`: the address of the router that leads now, where known. */
  | {
      readonly type: 'transition';
      readonly from: State;
      readonly to: State;
      readonly reason: TransitionReason;
      readonly activeSource?: Uint8Array;
    }
  /** The shutdown is complete: nothing comes out any more unless the router is started again. */
  | { readonly type: 'released' };

/** An Active on its way out: it no longer claims the addresses, it only keeps them answered. */
export interface Leaving {
  readonly to: 'Initialize' | 'Backup';
  /** When to stop waiting for a successor. */
  readonly giveUpAt: Micros;
  /** When to let go, once a successor has spoken; `never` before. */
  readonly releaseAt: Micros;
}

/** What a virtual router is in every state. */
interface InAnyState {
  readonly config: VirtualRouterConfig;
  /** When to call `step` with 'time'; `never` when only other inputs matter. */
  readonly deadline: Micros;
  readonly life: 'new' | 'running' | 'released';
  readonly linkUp: boolean;
  /** Active_Adver_Interval: own until an advert teaches another (version 3 only). */
  readonly activeInterval: Micros;
  /** Active_Down_Timer, while Backup. */
  readonly activeDownAt: Micros;
  /** What it would mean if the Active_Down_Timer ran out now. */
  readonly takeOverReason: 'unopposed' | 'no-response' | 'priority-zero' | 'peer-lost' | 'preempt';
  /** Adver_Timer, while Active. */
  readonly advertAt: Micros;
  /** Since when the router takes part with its link up. */
  readonly upSince: Micros;
  /** When an Active last had its addresses announced. */
  readonly announcedAt: Micros;
  /** Source of the last advert that was followed; undefined before the first and while Active. */
  readonly activeSource: Uint8Array | undefined;
}

/** One that is Active; with `leaving` for its addresses only. */
export interface ActiveRouter extends InAnyState {
  readonly state: 'Active';
  readonly leaving: Leaving | undefined;
}

/** One that is not. */
export interface InactiveRouter extends InAnyState {
  readonly state: 'Initialize' | 'Backup';
  readonly leaving: undefined;
}

/** One virtual router. Plain, immutable data: print it, compare it, keep it. All instants are of the driver's monotonic clock. */
export type VirtualRouter = ActiveRouter | InactiveRouter;

/** What one step gives: the next router, and the outputs to perform in order. */
export interface Step {
  readonly router: VirtualRouter;
  readonly outputs: readonly Output[];
}
