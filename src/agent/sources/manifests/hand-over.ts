/** Hands the objects of BGP over, with the passwords of their sessions. */
import { secretsNeeded } from '../bgp-source.js';
import { readPasswords } from '../password-files.js';
import type { ManifestsState } from './state.js';

/** Again when a password has changed, or the objects have. */
export async function handOverBgp(m: ManifestsState): Promise<void> {
  const { bgp, node, passwordsDir } = m;
  const secrets = await readPasswords(passwordsDir, secretsNeeded(bgp.peers.values()));
  const texts = [JSON.stringify([bgp.conf, [...bgp.peers.values()]]), JSON.stringify([...secrets])] as const;
  if (m.stopped || (texts[0] === m.handedOver[0] && texts[1] === m.handedOver[1])) return;
  m.handedOver = texts;
  m.onBgp({
    ...bgp,
    node: { name: node, labels: {}, internalIps: [] },
    secret: (name) => secrets.get(name),
    secretsIn: passwordsDir === undefined ? 'files: give --passwords-dir' : `directory ${passwordsDir}`,
  });
}
