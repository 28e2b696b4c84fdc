/** Whose each object is, and what becomes of all of them together. */
import type { BgpConfSpec } from '../api/bgp-conf.js';
import { type Validation, validateBgpConf, validateBgpPeer, validateEip, validateVipGroup } from '../api/validate.js';
import { convertCilium, isCilium } from './cilium.js';
import { leasedPools } from './dhcp.js';
import {
  type Choices,
  type Converted,
  type Document,
  type Manifest,
  metadataNotes,
  type Remark,
  remark,
} from './document.js';
import { type ConfFile, convertKeepalived } from './keepalived/convert.js';
import { convertKubeVip, isKubeVipConfigMap, nicOfConfigMap } from './kube-vip.js';
import { convertKubeVipBgp } from './kube-vip-bgp.js';
import { convertKubeVipProgram, isKubeVipProgram, isRoutedByKubeVip, nicsOfKubeVip } from './kube-vip-program.js';
import { isMetallbConfigMap, objectsOfConfigMap } from './metallb-config-map.js';
import { objectsOfAddressPool } from './metallb-old-pools.js';
import { convertPeers } from './metallb-peers.js';
import { convertPools } from './metallb-pools.js';
import { convertOpenelb, isOpenelb } from './openelb.js';
import { convertPurelb, isPurelb } from './purelb.js';
import { convertService, isLoadBalancer } from './services.js';

const ofMetallb = ['IPAddressPool', 'L2Advertisement', 'BGPAdvertisement', 'BGPPeer', 'BFDProfile', 'Community'];

/** Written by its programs, for people to read. */
const ofMetallbAlone = ['ServiceL2Status', 'ServiceBGPStatus', 'BGPSessionStatus', 'ConfigurationState'];

/** Everything that the documents come to. `problems` keep the result from being applied as it is. */
export function convert(
  documents: readonly Document[],
  chosen: Choices,
  confs: readonly ConfFile[] = [],
): Required<Omit<Converted, 'leased'>> {
  const ofPrograms = nicsOfKubeVip(documents);
  const nic = chosen.interface ?? (ofPrograms.join(',') || nicOfConfigMap(documents));
  const choices = nic === undefined ? chosen : { ...chosen, interface: nic };
  const choicesOfKubeVip = isRoutedByKubeVip(documents) ? { ...choices, protocol: 'bgp' as const } : choices;
  const metallb: Document[] = [];
  const purelb = documents.filter(isPurelb);
  const cilium = documents.filter(isCilium);
  const parts: Converted[] = confs.length === 0 ? [] : [convertKeepalived(confs)];
  if (chosen.interface === undefined && ofPrograms.length > 1 && choicesOfKubeVip.protocol !== 'bgp') {
    const message = `${nic}: where a pool names none, each node takes the first of these that it has. Name another with --interface`;
    parts.push({ manifests: [], remarks: [{ object: 'kube-vip', field: 'NICs', message }] });
  }
  let others = 0;
  for (const document of documents) {
    if (document.apiVersion.startsWith('metallb.io/') && ofMetallb.includes(document.kind)) metallb.push(document);
    else if (document.apiVersion.startsWith('metallb.io/') && document.kind === 'AddressPool') {
      const read = objectsOfAddressPool(document);
      metallb.push(...read.documents);
      parts.push({ manifests: [], remarks: read.remarks, notes: metadataNotes(document) });
    } else if (isMetallbConfigMap(document)) {
      const read = objectsOfConfigMap(document);
      metallb.push(...read.documents);
      parts.push({ manifests: [], remarks: read.remarks, problems: read.problem === undefined ? [] : [read.problem] });
    } else if (isKubeVipConfigMap(document)) parts.push(convertKubeVip(document, choicesOfKubeVip));
    else if (isKubeVipProgram(document)) parts.push(convertKubeVipProgram(document));
    else if (purelb.includes(document) || cilium.includes(document)) continue;
    else if (isOpenelb(document)) parts.push(convertOpenelb(document));
    else if (isLoadBalancer(document)) parts.push(convertService(document));
    else if (document.kind === 'Service') others += 1;
    else if (ofMetallbAlone.includes(document.kind) && document.apiVersion.startsWith('metallb.io/'))
      parts.push({
        manifests: [],
        remarks: [],
        notes: [remark(document, '', 'is what MetalLB says of itself: left out')],
      });
    else parts.push({ manifests: [], remarks: [remark(document, '', 'there is no counterpart: left out')] });
  }
  // Pools before what refers to them.
  const routers = [convertPeers(metallb, choices), convertKubeVipBgp(documents)];
  const ofOthers = [convertPurelb(purelb, choices), convertCilium(cilium, choices)];
  const known = [convertPools(metallb, choices), ...ofOthers, ...routers, ...parts];
  const leased = known.flatMap((part) => part.leased ?? []);
  const made = known.flatMap((part) => part.manifests);
  const all = [leasedPools(leased, made, choices), ...known];
  const manifests = all.flatMap((part) => part.manifests);
  if (chosen.protocol === 'bgp' && manifests.some(isPool) && !manifests.some(({ kind }) => kind === 'BgpPeer')) {
    const message = 'there is no router in the input: no router is told until there are a BgpConf and a BgpPeer';
    all.push({ manifests: [], remarks: [{ object: '--protocol bgp', field: '', message }] });
  }
  const problems = [
    ...all.flatMap((part) => part.problems ?? []),
    ...manifests.flatMap((manifest) => problemsOf(manifest, manifests)),
    ...namesakes(manifests),
  ];
  const none = others === 1 ? 'one is' : `${others} are`;
  const otherTypes = { object: 'Services', field: '', message: `${none} not of type LoadBalancer: nothing to convert` };
  const notes = [...all.flatMap((part) => part.notes ?? []), ...(others === 0 ? [] : [otherTypes])];
  return { manifests, remarks: all.flatMap((part) => part.remarks), notes, problems };
}

function isPool({ kind }: Manifest): boolean {
  return kind === 'Eip';
}

/** What would be overwritten by what comes after it. */
function namesakes(manifests: readonly Manifest[]): readonly Remark[] {
  const counts = new Map<string, number>();
  for (const { kind, metadata } of manifests) {
    const { name, namespace } = metadata as { name: string; namespace?: string };
    const called = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
    counts.set(called, (counts.get(called) ?? 0) + 1);
  }
  return [...counts].flatMap(([object, count]) =>
    count === 1 ? [] : [{ object, field: 'metadata.name', message: `is there ${count} times: convert one, or rename` }],
  );
}

/** What our programs would say of a manifest. */
function problemsOf(manifest: Manifest, all: readonly Manifest[]): readonly Remark[] {
  const { kind, metadata } = manifest;
  const conf = all.find((each) => each.kind === 'BgpConf')?.spec as BgpConfSpec | undefined;
  const checks: Readonly<Record<string, () => Validation<unknown>>> = {
    Eip: () => validateEip(manifest, { strict: true }),
    // Fields that nobody knows are left out by the server, and were said already.
    VipGroup: () => validateVipGroup(manifest, { strict: true }),
    BgpConf: () => validateBgpConf(manifest),
    BgpPeer: () => validateBgpPeer(manifest, conf && { aliases: conf.communityAliases ?? {} }),
  };
  const valid = checks[kind]?.();
  if (valid === undefined) return [];
  const { name } = metadata as { name: string };
  const object = `${kind} ${name}`;
  const called = isName(name) ? [] : [{ object, field: 'metadata.name', message: nameText }];
  return [
    ...called,
    ...(valid.ok ? [] : valid.problems.map(({ path, message }) => ({ object, field: path, message }))),
  ];
}

/** A DNS subdomain, as the API server has it (RFC 1123). */
function isName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text);
}

const nameText =
  'is no name of an object: write small letters, digits, dashes and dots, also where Services name it, such as shop-1';
