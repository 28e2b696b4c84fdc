/**
 * A node's part in a group with the keys that this node has: pure.
 *
 * Which side is safe when a key is missing? In mode `enforce` a node without it can neither be believed by the others nor believe
 * them: it would lead beside whoever leads. So it takes no part, and a group whose nodes all lack the key has no leader. In the modes
 * before, adverts count without a signature, so the node takes part and says what is missing.
 */
import { parseDuration } from '../../api/duration.js';
import type { VipGroupSpec } from '../../api/vip-group.js';
import { defaultTimeWindow } from '../../api/vrrp-rules.js';
import { signs } from '../../core/vrrp/authentication.js';
import type { AdvertKey, GroupAuthentication, GroupConfig } from '../engine/messages.js';
import type { KeyRing } from './key-directory.js';

export type AuthenticationSettings = NonNullable<NonNullable<VipGroupSpec['vrrp']>['authentication']>;

/**
 * @param settings `vrrp.authentication` of the group; undefined for a group whose adverts are not signed
 * @param ring its keys; undefined when the agent has no directory with keys
 * @param former the key that signed before: it goes on in memory when its file is gone while it is still to sign
 */
export function keyed(
  config: GroupConfig,
  settings: AuthenticationSettings | undefined,
  ring: KeyRing | undefined,
  former: AdvertKey | undefined,
): GroupConfig {
  if (settings === undefined) return config;
  const { keys, keyId, mode } = settings;
  const there = ring?.keys ?? [];
  const kept = former?.id === keyId && !there.some(({ id }) => id === keyId) ? [former] : [];
  const accepted = [...there, ...kept];
  const key = accepted.find(({ id }) => id === keyId) ?? accepted.at(-1);
  const missing = there.some(({ id }) => id === keyId) ? undefined : missingKey(`${keys}.${keyId}`, ring);
  const problem = problemOf(missing, ring, missing === undefined ? undefined : outcome(settings, key));
  const micros = settings.timeWindow === undefined ? undefined : parseDuration(settings.timeWindow);
  const authentication: GroupAuthentication = {
    mode,
    window: micros === undefined ? defaultTimeWindow(config.advertisementInterval) : micros / 1_000_000,
    signing: signs(mode) ? key : undefined,
    accepted,
    ...(problem === undefined ? {} : { problem }),
  };
  if (mode !== 'enforce' || key !== undefined || problem === undefined) return { ...config, authentication };
  const { reason: type, message } = problem;
  return { ...config, authentication, unfit: [...(config.unfit ?? []), { type, message }] };
}

function missingKey(file: string, ring: KeyRing | undefined): GroupAuthentication['problem'] {
  if (ring === undefined) {
    const message = `vrrp.authentication needs key ${file}, and the agent was started without --keys-dir`;
    return { reason: 'NoKeysDirectory', message };
  }
  const message = `vrrp.authentication needs key ${file}, which is not there: put it into the Secret or directory that the agent has its keys from`;
  return { reason: 'KeyMissing', message };
}

function problemOf(
  missing: GroupAuthentication['problem'],
  ring: KeyRing | undefined,
  what: string | undefined,
): GroupAuthentication['problem'] {
  const refused = ring?.problems ?? [];
  if (missing === undefined && refused.length === 0) return undefined;
  const message = [missing?.message, ...refused, what].filter(Boolean).join('; ');
  return { reason: refused.length > 0 ? 'KeyRefused' : missing!.reason, message };
}

function outcome({ keys, keyId, mode }: AuthenticationSettings, key: AdvertKey | undefined): string {
  if (mode === 'receive-only') return 'do so before the mode becomes permissive';
  if (key?.id === keyId) return 'this node signs on with what it remembers of it, until it is restarted';
  if (key !== undefined) return `this node signs with ${keys}.${key.id} meanwhile`;
  if (mode === 'enforce') return 'without any key this node takes no part: it could tell no member from a forger';
  return 'this node signs nothing meanwhile';
}
