/** What MetalLB's objects come to: the objects of ours that there should be, and what is to be said of theirs. Pure, whatever they hold. */

import { defaultEipAnnotation } from '../../api/annotations.js';
import { eipNameOf } from '../../api/metallb-annotations.js';
import { problemsText } from '../../api/problem.js';
import { validateBgpConf, validateBgpPeer, validateEip } from '../../api/validate.js';
import type { Choices, ClusterView, Document, Fields, Manifest, Remark } from '../../convert/document.js';
import { fields } from '../../convert/document.js';
import { isMetallbConfigMap, objectsOfConfigMap } from '../../convert/metallb-config-map.js';
import { objectsOfAddressPool } from '../../convert/metallb-old-pools.js';
import { convertPeers } from '../../convert/metallb-peers.js';
import { convertPools } from '../../convert/metallb-pools.js';
import { selectionOf } from '../../convert/metallb-selection.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import { bgpConfs, bgpPeers, eips } from '../objects/resources.js';
import { type Content, contentOf } from './content.js';
import type { Unread } from './unread.js';

/** An object of ours that there should be. */
export interface Wanted {
  readonly resource: Resource;
  readonly name: string;
  /** What it is made from, as it is called in findings: `IPAddressPool metallb-system/lan`. */
  readonly origin: string;
  readonly content: Content;
  /** What is not as MetalLB has it. */
  readonly differences: readonly string[];
  /** Why it cannot be: what there is by its name goes on. */
  readonly problem?: string;
}

/** What is to be said of an object of MetalLB's. */
export interface Finding {
  /** What it is called: `IPAddressPool metallb-system/lan`. */
  readonly object: string;
  readonly message: string;
  /** It is so with MetalLB, too. */
  readonly asBefore?: true;
}

export interface Outcome {
  readonly wanted: readonly Wanted[];
  /** Objects of whose contents nothing is known. */
  readonly unread: readonly Unread[];
  readonly findings: readonly Finding[];
}

/** @param documents those of one namespace; of two pools by one name the earlier counts */
export function wantedOf(documents: readonly Document[], cluster: ClusterView): Outcome {
  const choices: Choices = { protocol: 'layer2', cluster };
  const remarks: Remark[] = [];
  const unread: Unread[] = [];
  const all = documents.flatMap((document): readonly Document[] => {
    const read = objectsOf(document);
    remarks.push(...read.remarks);
    if (read.problem !== undefined) remarks.push(read.problem);
    const why = read.problem ?? read.noList;
    if (why !== undefined) unread.push({ what: document.called, why: `${document.called}: ${textOf(why)}` });
    return read.documents.map(named);
  });
  const { kept, doubled } = withoutNamesakes(all);
  for (const { called } of doubled) {
    const message = 'there is another one by this name, which counts: this one is left out. Rename it';
    remarks.push({ object: called, field: '', message });
  }
  const of = (kind: string) => kept.filter((document) => document.kind === kind);
  const pools = convertPools(kept, choices);
  const peers = convertPeers(kept, choices);
  remarks.push(...pools.remarks, ...peers.remarks);
  const said = saidOf(remarks);
  const selection = selectionOf(kept);
  const wanted = [
    ...of('IPAddressPool').map((pool, at) => {
      const about = [pool, ...selection.of(pool)];
      return wantedFrom(
        eips,
        pool,
        pools.manifests[at]!,
        about.flatMap(({ called }) => said.get(called) ?? []),
      );
    }),
    ...confsFrom(of('BGPPeer'), peers.manifests),
    ...of('BGPPeer').map((peer, at) =>
      wantedFrom(bgpPeers, peer, peers.manifests[at + 1]!, said.get(peer.called) ?? []),
    ),
  ];
  const same = new Set(
    remarks.filter(({ asBefore }) => asBefore).map((each) => JSON.stringify([each.object, textOf(each)])),
  );
  const findings = [...said].flatMap(([object, messages]) =>
    messages.map((message): Finding => {
      const asBefore = same.has(JSON.stringify([object, message]));
      return { object, message, ...(asBefore ? { asBefore } : {}) };
    }),
  );
  const invalid = wanted.flatMap(({ origin, resource, name, problem }) =>
    problem === undefined
      ? []
      : [{ object: origin, message: `${resource.kind} ${name} cannot be made of it: ${problem}` }],
  );
  return { wanted, unread, findings: [...findings, ...invalid] };
}

/** The one BgpConf, made from the first peer that has its AS number. */
function confsFrom(peers: readonly Document[], [conf]: readonly Manifest[]): readonly Wanted[] {
  const [first] = peers;
  if (conf === undefined || first === undefined) return [];
  const { as } = conf.spec as { readonly as?: unknown };
  return [wantedFrom(bgpConfs, peers.find(({ spec }) => spec.myASN === as) ?? first, conf, [])];
}

function objectsOf(document: Document): ReturnType<typeof objectsOfConfigMap> {
  if (document.kind === 'AddressPool') return objectsOfAddressPool(document);
  if (document.kind !== 'ConfigMap') return { documents: [document], remarks: [] };
  return isMetallbConfigMap(document) ? objectsOfConfigMap(document) : { documents: [], remarks: [] };
}

/** Pools of a ConfigMap may be called what no object can be called. */
function named(document: Document): Document {
  if (document.madeFor === undefined) return document;
  return { ...document, metadata: { ...document.metadata, name: eipNameOf(document.metadata.name) } };
}

function withoutNamesakes(all: readonly Document[]): {
  readonly kept: readonly Document[];
  readonly doubled: readonly Document[];
} {
  const first = new Map<string, Document>();
  const doubled: Document[] = [];
  for (const document of all) {
    if (document.kind !== 'IPAddressPool' && document.kind !== 'BGPPeer') continue;
    const key = `${document.kind} ${document.metadata.name}`;
    if (first.has(key)) doubled.push(document);
    else first.set(key, document);
  }
  const out = new Set(doubled);
  const owners = new Set(doubled.flatMap(({ madeFor }) => madeFor ?? []));
  const isKept = (document: Document) => !out.has(document) && !owners.has(document.madeFor ?? '');
  return { kept: all.filter(isKept), doubled };
}

function saidOf(remarks: readonly Remark[]): ReadonlyMap<string, readonly string[]> {
  const said = new Map<string, string[]>();
  for (const { object, field, message } of remarks) {
    const text = textOf({ field, message });
    const known = said.get(object) ?? [];
    if (!known.includes(text)) said.set(object, [...known, text]);
  }
  return said;
}

function textOf({ field, message }: Pick<Remark, 'field' | 'message'>): string {
  return field === '' ? message : `${field}: ${message}`;
}

function wantedFrom(resource: Resource, origin: Document, manifest: Manifest, differences: readonly string[]): Wanted {
  const { name, annotations } = manifest.metadata as { readonly name: string; readonly annotations?: Fields };
  const isDefault = fields(annotations)[defaultEipAnnotation] === 'true';
  const validate = { Eip: validateEip, BgpConf: validateBgpConf, BgpPeer: validateBgpPeer }[manifest.kind]!;
  const valid = validate(manifest);
  const problem = valid.ok ? undefined : problemsText(valid.problems);
  return {
    resource,
    name,
    origin: origin.called,
    content: contentOf(resource, manifest.spec, isDefault),
    differences,
    ...(problem === undefined ? {} : { problem }),
  };
}
