/** Where BgpConf, BgpPeers and what they need come from: the API server, or a directory. */
import type { BgpConf } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import type { NodeView } from './node-view.js';

/** Of a Secret: its entries in base64, or that there is none, or that it cannot be read, for the reason given; undefined: not heard of yet. */
export type SecretView =
  | { readonly data: Readonly<Record<string, string>> }
  | 'absent'
  | { readonly unreadable: string }
  | undefined;

/** What there is to speak BGP by. Every object is valid. */
export interface BgpObjects {
  readonly conf: BgpConf | undefined;
  /** That there is a BgpConf, but one that is wrong. */
  readonly confProblem?: string;
  readonly peers: ReadonlyMap<string, BgpPeer>;
  readonly node: NodeView;
  readonly secret: (name: string) => SecretView;
  /** A session that has its password does not come up: it may be another by now, and is read again soon. Absent: it is anyway. */
  readonly doubtSecret?: (name: string) => void;
  /** Where Secrets are, or files in their place: for messages, as in `namespace openelb-system`. */
  readonly secretsIn: string;
}

/** Takes in all there is, each time that something of it has changed. */
export type BgpSink = (objects: BgpObjects) => void;

export interface BgpSource {
  /** The newest version of an object, status included, where the source has one. */
  latestPeer(name: string): BgpPeer | undefined;
  latestConf(): BgpConf | undefined;
  stop(): Promise<void>;
  /** That the source is out of touch, since when and why. */
  problem(): string | undefined;
  /** What it has that is not followed because it is wrong, each in a sentence. */
  refused(): readonly string[];
}

/** The names of the Secrets that BgpPeers need. */
export function secretsNeeded(peers: Iterable<BgpPeer>): ReadonlySet<string> {
  return new Set([...peers].flatMap(({ spec }) => spec.conf?.passwordSecret?.name ?? []));
}
