/** The password of a session: what is known of it. Pure; no text here ever shows one. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { type BgpPeer, defaultPasswordKey } from '../../api/bgp-peer.js';
import { passwordProblem } from '../../api/bgp-peer-rules.js';
import type { SecretView } from '../sources/bgp-source.js';
import type { PeerProblem } from './problem.js';

export interface Password {
  /** Whether the session is to have one. */
  readonly wanted: boolean;
  /** Undefined: not known. */
  readonly key?: KeyObject;
  /** What is wrong; with a key: what it was before goes on. */
  readonly problem?: PeerProblem;
}

/** The reason of a problem that is over in a moment. */
export const unread = 'SecretUnknown';

export const noPassword: Password = { wanted: false };

/** @param before what the session has now: it goes on with that when the Secret is spoilt, for what ran before goes on */
export function passwordFrom(
  { spec }: BgpPeer,
  secret: (name: string) => SecretView,
  where: string,
  before: KeyObject | undefined,
): Password {
  const { authPassword = '', passwordSecret } = spec.conf ?? {};
  if (passwordSecret === undefined)
    return authPassword === '' ? noPassword : { wanted: true, key: keyOf(authPassword) };
  const { name, key: entry = defaultPasswordKey } = passwordSecret;
  const view = secret(name);
  const read = readEntry(view, entry);
  if ('key' in read) return { wanted: true, key: read.key };
  const goesOn = before === undefined ? 'there is no session without it' : 'the session goes on with the one it has';
  const problem = { reason: read.reason, message: `${read.text(`Secret ${name} in ${where}`)}; ${goesOn}` };
  return { wanted: true, problem, ...(before !== undefined && { key: before }) };
}

type Entry = { readonly key: KeyObject } | { readonly reason: string; readonly text: (secret: string) => string };

function readEntry(view: SecretView, entry: string): Entry {
  if (view === undefined)
    return {
      reason: unread,
      text: (secret) => `${secret} has not been read yet: the API server has not answered`,
    };
  if (view === 'absent')
    return {
      reason: 'SecretMissing',
      text: (secret) =>
        `there is no ${secret}: make it, with the password in its entry ${entry} (spec.conf.passwordSecret)`,
    };
  if ('unreadable' in view) {
    const { unreadable } = view;
    return { reason: 'SecretUnreadable', text: (secret) => `${secret} cannot be read: ${unreadable}` };
  }
  const encoded = Object.hasOwn(view.data, entry) ? view.data[entry] : undefined;
  if (encoded === undefined) {
    const entries = Object.keys(view.data).slice(0, 8).join(', ') || 'none';
    return {
      reason: 'SecretMissing',
      text: (secret) =>
        `${secret} has no entry ${entry}, but ${entries}: add it, or name another in spec.conf.passwordSecret.key`,
    };
  }
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const wrong = passwordProblem(text);
  if (wrong !== undefined) return { reason: 'SecretInvalid', text: (secret) => `entry ${entry} of ${secret} ${wrong}` };
  return { key: keyOf(text) };
}

function keyOf(text: string): KeyObject {
  return createSecretKey(Buffer.from(text, 'utf8'));
}
