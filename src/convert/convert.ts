/** Whose each object is, and what becomes of all of them together. */
import type { Eip } from '../api/eip.js';
import { validateEip } from '../api/validate.js';
import { type Choices, type Converted, type Document, type Manifest, type Remark, remark } from './document.js';
import { convertKubeVip, isKubeVipConfigMap } from './kube-vip.js';
import { isMetallbConfigMap, objectsOfConfigMap } from './metallb-config-map.js';
import { convertPeers } from './metallb-peers.js';
import { convertPools } from './metallb-pools.js';
import { convertOpenelb, isOpenelb } from './openelb.js';
import { convertService } from './services.js';

const ofMetallb = ['IPAddressPool', 'L2Advertisement', 'BGPAdvertisement', 'BGPPeer'];

/** Everything that the documents come to. `problems` keep the result from being applied as it is. */
export function convert(documents: readonly Document[], choices: Choices): Required<Converted> {
  const metallb: Document[] = [];
  const parts: Converted[] = [];
  for (const document of documents) {
    if (document.apiVersion.startsWith('metallb.io/') && ofMetallb.includes(document.kind)) metallb.push(document);
    else if (isMetallbConfigMap(document)) {
      const read = objectsOfConfigMap(document);
      metallb.push(...read.documents);
      parts.push({ manifests: [], remarks: read.remarks, problems: read.problem === undefined ? [] : [read.problem] });
    } else if (isKubeVipConfigMap(document)) parts.push(convertKubeVip(document, choices));
    else if (isOpenelb(document)) parts.push(convertOpenelb(document));
    else if (document.kind === 'Service') parts.push(convertService(document));
    else parts.push({ manifests: [], remarks: [remark(document, '', 'there is no counterpart: left out')] });
  }
  // Pools before what refers to them.
  const all = [convertPools(metallb, choices), convertPeers(metallb), ...parts];
  const manifests = all.flatMap((part) => part.manifests);
  const problems = [...all.flatMap((part) => part.problems ?? []), ...manifests.flatMap(eipProblems)];
  return { manifests, remarks: all.flatMap((part) => part.remarks), problems };
}

function eipProblems(manifest: Manifest): readonly Remark[] {
  if (manifest.kind !== 'Eip') return [];
  const valid = validateEip(manifest, { strict: true });
  if (valid.ok) return [];
  const { name } = (manifest as unknown as Eip).metadata;
  return valid.problems.map(({ path, message }) => ({ object: `Eip ${name}`, field: path, message }));
}
