import type { Host } from '../host.js';
import type { Process } from '../process.js';
import type { Neighbor, Path } from './settings.js';

/** A router that runs on a host of a lab, and what it believes. It ends with the lab at the latest. */
export interface Router {
  readonly kind: RouterKind;
  readonly host: Host;
  /** Its processes; the one that speaks BGP is the last. */
  readonly processes: readonly Process[];
  /** Every neighbour that it knows, dynamic ones while they are connected. */
  neighbors(): Promise<readonly Neighbor[]>;
  /** Every path to a prefix such as `192.0.2.1/32`; none when it knows no such prefix. */
  paths(prefix: string): Promise<readonly Path[]>;
  /** Says something in the words of its own command line (vtysh, birdc, gobgp, bgpctl), and returns the answer. */
  ask(...words: readonly string[]): Promise<string>;
  /** Resident memory of the process that speaks BGP, in bytes. */
  memory(): Promise<number>;
  /** Ends it in good order, as its service manager does. */
  stop(): Promise<void>;
}

export type RouterKind = 'frr' | 'bird' | 'gobgp' | 'openbgpd';

/** One neighbour by its address, if the router knows it. */
export async function neighborAt(router: Router, address: string): Promise<Neighbor | undefined> {
  return (await router.neighbors()).find((each) => each.address === address);
}
