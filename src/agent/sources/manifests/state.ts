/** What is remembered of the files of a directory of manifests: one record, which the functions beside it work on. */
import type { Logger } from '../../../platform/observability/log.js';
import type { BgpObjects, BgpSink } from '../bgp-source.js';
import type { GroupSink } from '../group-source.js';
import type { Manifest } from '../manifest-file.js';

/** What a file said when it was read last. */
export interface Loaded {
  /** Changes when the file does; empty when the file could not be read. */
  readonly stamp: string;
  readonly manifest: Manifest;
  /** What is wrong with it, and since when, ISO 8601. */
  readonly refused: { readonly since: string; readonly problem: string } | undefined;
}

/** An object that is in two files. */
export interface Double {
  readonly kind: string;
  readonly name: string;
  readonly first: string;
  readonly second: string;
}

export interface ManifestsState {
  readonly directory: string;
  readonly node: string;
  /** Where passwords are that BgpPeers name. */
  readonly passwordsDir: string | undefined;
  readonly onGroups: GroupSink;
  readonly onBgp: BgpSink;
  readonly log: Logger;
  /** By the name of the file. */
  readonly loaded: Map<string, Loaded>;
  /** Files that are gone, and since when. */
  readonly gone: Map<string, number>;
  /** Why the directory cannot be read, and since when, ISO 8601. */
  unreadable: { readonly since: string; readonly problem: string } | undefined;
  doubles: readonly Double[];
  bgp: Pick<BgpObjects, 'conf' | 'peers'>;
  /** What was handed over last: the objects of BGP, and the passwords. */
  handedOver: readonly [objects: string, passwords: string];
  /** When the directory was read last, in monotonic milliseconds. */
  readAt: number;
  stopped: boolean;
  /** Whatever reads does so one after the other. */
  reading: Promise<void>;
  /** A look at the passwords waits for its turn, or goes on. */
  lookingAtPasswords: boolean;
  lookingForGone: NodeJS.Timeout | undefined;
}

export type ManifestsOptions = Pick<
  ManifestsState,
  'directory' | 'node' | 'passwordsDir' | 'onGroups' | 'onBgp' | 'log'
>;

export function newManifestsState(o: ManifestsOptions): ManifestsState {
  return {
    ...o,
    loaded: new Map(),
    gone: new Map(),
    unreadable: undefined,
    doubles: [],
    bgp: { conf: undefined, peers: new Map() },
    handedOver: ['', ''],
    readAt: performance.now(),
    stopped: false,
    reading: Promise.resolve(),
    lookingAtPasswords: false,
    lookingForGone: undefined,
  };
}

export function isEmpty({ groups, confs, peers }: Manifest): boolean {
  return groups.length + confs.length + peers.length === 0;
}
