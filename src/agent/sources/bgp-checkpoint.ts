/**
 * What the node spoke BGP by, on disk, so that an agent that starts while the API server is gone has its sessions. Passwords are not in it:
 * sessions that have one wait for the API server.
 */
import { join } from 'node:path';
import type { BgpConf } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import { conform } from '../../api/conform.js';
import { validateBgpConf, validateBgpPeer } from '../../api/validate.js';
import { jsonObject } from '../../core/json-object.js';
import { replaceFile } from '../../platform/linux/replace-file.js';
import type { BgpObjects } from './bgp-source.js';
import { readCheckpoint } from './checkpoint-file.js';
import type { NodeView } from './node-view.js';

/** Raised when the form of the file changes; a file of another form is not read. */
const form = 1;

/** The file of one node's agent in a state directory. */
export function bgpCheckpointPath(stateDir: string, node: string): string {
  return join(stateDir, `bgp-${encodeURIComponent(node)}.json`);
}

/** The file of the thread of routing protocols, in which it leaves to the next one what is to go on. */
export function routingCheckpointPath(stateDir: string, node: string): string {
  return join(stateDir, `routing-${encodeURIComponent(node)}.json`);
}

/** The text of a checkpoint. Only names, times and specs are kept. */
export function bgpCheckpointText({ conf, peers, node }: BgpObjects): string {
  const slim = ({ metadata: { name, creationTimestamp }, spec }: BgpConf | BgpPeer) => ({
    metadata: { name, ...(creationTimestamp === undefined ? {} : { creationTimestamp }) },
    spec,
  });
  const kept = [...peers.values()].map((peer) => slim(withoutPassword(peer)));
  const savedAt = new Date().toISOString();
  return `${JSON.stringify({ form, savedAt, conf: conf && slim(conf), peers: kept, node })}\n`;
}

/** Rejects with the system's error. */
export function saveBgpCheckpoint(path: string, objects: BgpObjects): Promise<void> {
  return replaceFile(path, bgpCheckpointText(objects));
}

/** That a password is needed stays known: a session without it would be open to anybody. */
function withoutPassword(peer: BgpPeer): BgpPeer {
  const { authPassword, ...conf } = peer.spec.conf ?? {};
  if (authPassword === undefined || authPassword === '') return peer;
  return { ...peer, spec: { ...peer.spec, conf: { ...conf, passwordSecret: { name: 'authPassword' } } } };
}

/** Reads what `saveBgpCheckpoint` wrote; undefined when there is none. Rejects, naming the file, when it cannot be used. */
export function loadBgpCheckpoint(path: string): Promise<BgpObjects | undefined> {
  return readCheckpoint(path, parseBgpCheckpoint);
}

const nodeView = {
  type: 'object',
  required: ['name', 'labels', 'internalIps'],
  properties: {
    name: { type: 'string' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    internalIps: { type: 'array', items: { type: 'string' } },
    leaving: { type: 'string', enum: ['Cordoned', 'Excluded', 'Deleted'] },
  },
} as const;

/** Objects in it that are no longer valid are left out. Throws when it is no checkpoint of this form. */
export function parseBgpCheckpoint(text: string): BgpObjects {
  const value = jsonObject(text);
  const node = conform<NodeView>(nodeView, value.node).value;
  if (value.form !== form || !Array.isArray(value.peers) || node === undefined)
    throw new Error(`it is not of form ${form}`);
  const conf = validateBgpConf(value.conf);
  const peers = value.peers.flatMap((each) => {
    const checked = validateBgpPeer(each);
    return checked.ok ? [checked.value] : [];
  });
  return {
    conf: conf.ok ? conf.value : undefined,
    peers: new Map(peers.map((peer) => [peer.metadata.name, peer])),
    node,
    secret: () => ({ unreadable: 'the API server does not answer, and passwords are not kept on disk' }),
    secretsIn: 'the cluster',
  };
}
