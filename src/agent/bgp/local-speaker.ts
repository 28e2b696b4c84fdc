/** As whom this node speaks BGP: its AS and its identifier. Pure. */
import { createHash } from 'node:crypto';
import { type BgpConf, bgpConfName, rackLabel } from '../../api/bgp-conf.js';
import { type IpAddress, parseIp } from '../../core/ip/address.js';
import type { NodeView } from '../sources/node-view.js';
import type { OwnNics } from './own-nics.js';
import { type Found, found, refused } from './problem.js';

export interface LocalSpeaker {
  readonly as: number;
  /** BGP identifier: unsigned, 32 bits, not 0. */
  readonly identifier: number;
}

/** @param confProblem what is wrong with the BgpConf, if it is refused */
export function localSpeaker(
  conf: BgpConf | undefined,
  confProblem: string | undefined,
  node: NodeView,
  nics: OwnNics,
): Found<LocalSpeaker> {
  if (conf === undefined && confProblem !== undefined)
    return refused('BgpConfRefused', `the BgpConf ${bgpConfName} is refused: ${confProblem}`);
  if (conf === undefined)
    return refused(
      'NoBgpConf',
      `there is no BgpConf ${bgpConfName}: make one, with the AS number of the nodes in spec.as`,
    );
  const as = asOf(conf, node);
  if (!as.ok) return as;
  return found({ as: as.value, identifier: identifierOf(conf, node, nics) });
}

function asOf({ spec }: BgpConf, node: NodeView): Found<number> {
  const racks = spec.asPerRack ?? {};
  const rack = node.labels[rackLabel];
  if (rack !== undefined && Object.hasOwn(racks, rack)) return found(racks[rack]!);
  if (rack !== undefined && Object.keys(racks).length > 0)
    return refused(
      'NoAs',
      `node ${node.name} is in rack ${rack}, which spec.asPerRack of the BgpConf does not have: add it`,
    );
  if (spec.as !== undefined) return found(spec.as);
  return refused(
    'NoAs',
    `node ${node.name} has no label ${rackLabel}, and the BgpConf no spec.as for nodes without it: give one of the two`,
  );
}

/** Source: RFC 6286: any 32 bits that are not 0 and nobody else's in the AS. */
function identifierOf({ spec }: BgpConf, node: NodeView, nics: OwnNics): number {
  const ownAlone = Object.keys(spec.asPerRack ?? {}).length > 0;
  const candidates = [ownAlone ? '' : (spec.routerId ?? ''), ...node.internalIps].map(parseIp);
  const named = candidates.find((address) => address?.family === 4 && address.value !== 0n);
  const address = named ?? (node.internalIps.length === 0 ? firstOf(nics) : undefined);
  if (address !== undefined) return Number(address.value);
  return createHash('sha256').update(node.name).digest().readUInt32BE() || 1;
}

/** Without Kubernetes: the lowest address that others can reach, so that it is the same each time. */
function firstOf({ addresses }: OwnNics): IpAddress | undefined {
  const usable = addresses
    .filter(({ alone }) => !alone)
    .map(({ address }) => address)
    .filter(({ family, value }) => family === 4 && value >> 24n !== 127n);
  return usable.sort((a, b) => (a.value < b.value ? -1 : 1))[0];
}
