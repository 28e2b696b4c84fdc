/** What is known of the cluster: one record, which the functions beside it work on. */
import type { BgpConf } from '../../../api/bgp-conf.js';
import type { BgpPeer } from '../../../api/bgp-peer.js';
import type { Eip } from '../../../api/eip.js';
import type { VipGroup } from '../../../api/vip-group.js';
import type { Cache } from '../../../platform/kubernetes/cache.js';
import type * as kept from '../../objects/builtin-objects.js';
import type { EndpointIndex } from '../endpoints.js';
import type { GroupIndex } from '../group-index.js';
import type { KeptLabels } from '../kept-labels.js';
import type { EipPool } from '../pools.js';
import type { Recent } from '../recent.js';
import type { Changes } from './changes.js';
import type { Reading } from './reading.js';

export type Known<T> = Pick<Cache<T>, 'get' | 'list'>;

export interface WorldState {
  readonly changes: Changes;
  /** The watches themselves, of which more is asked than what they hold. */
  readonly watchedServices: Pick<Cache<kept.Service>, 'readAnew' | 'isReadAnew'>;
  readonly watchedEips: Pick<Cache<Eip>, 'list'>;
  /** What is watched, with what this program has just written. */
  readonly services: Recent<kept.Service>;
  readonly eips: Recent<Eip>;
  readonly vipGroups: Recent<VipGroup>;
  readonly endpoints: EndpointIndex;
  readonly groupOf: GroupIndex;
  readonly nodes: Known<kept.Node>;
  readonly namespaces: Known<kept.Namespace>;
  /** Empty where the server has no such kind. */
  readonly bgpConfs: Known<BgpConf>;
  readonly bgpPeers: Known<BgpPeer>;
  /** Which labels are kept of Services, and whether labels are being read that were not. */
  readonly labels: KeptLabels;
  readonly reading: Reading;
  /** Undefined: to be made of the Eips. */
  pools: readonly EipPool[] | undefined;
}
