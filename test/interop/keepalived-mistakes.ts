/** Settings in which keepalived and this product do not understand each other: one row of the second table in docs/interop.md each. */
import { type InteropCase, numbered } from './keepalived-cases.js';

/** Both lead in the end. */
export interface Mistake extends InteropCase {
  /** Part of what keepalived writes to its log about our adverts. */
  readonly said: string;
  /** The reason our agent counts keepalived's adverts under; absent where it takes them. */
  readonly dropped?: string;
}

export const mistakes: readonly Mistake[] = numbered<Partial<Mistake> & Pick<Mistake, 'name' | 'said'>>([
  {
    name: 'keepalived without `version 3`',
    keepalived: { version: 2, interval: 1 },
    said: 'wrong version. Received 3 and expect 2',
    dropped: 'version-mismatch',
  },
  {
    name: 'keepalived with a password',
    version: 2,
    keepalived: { password: 'secret' },
    said: 'received a 0 auth, expecting 1!',
    dropped: 'auth-type',
  },
  {
    name: 'another interval in version 2',
    version: 2,
    keepalived: { interval: 2 },
    said: "advertisement interval mismatch mine=2 sec rcv'd=1 sec",
    dropped: 'interval-mismatch',
  },
  {
    name: 'other addresses',
    keepalived: { addresses: ['10.77.0.104', '10.77.0.204'] },
    said: 'received an unexpected ip number count 1, expected 2!',
  },
  {
    name: 'IPv6 without the link-local address',
    family: 6,
    keepalived: { addresses: ['fd77::105'] },
    said: 'received an unexpected ip number count 2, expected 1!',
    dropped: 'link-local',
  },
  {
    name: 'IPv6 unicast without `unicast_ttl 255`',
    family: 6,
    transport: 'unicast',
    usualTtl: true,
    keepalived: { priority: 200, preempt: true },
    said: 'with lower priority 150, ours 200, forcing new election',
    dropped: 'ttl',
  },
  {
    name: '`checksum: message` without `v3_checksum_as_v2`',
    checksum: 'message',
    keepalived: { checksumAsVersion2: false },
    said: 'Invalid VRRPv3 checksum',
  },
]);
