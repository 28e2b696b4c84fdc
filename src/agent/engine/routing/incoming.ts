import { LinuxError } from '../../../platform/linux/errno.js';
import { count } from './counters.js';
import { isSigned, listenAsConfigured } from './listeners.js';
import { besideOf, isLinkLocal, tcpSettingsOf } from './location.js';
import { give } from './session-driver.js';
import type { Speaker } from './state.js';
import type { Connection } from './world.js';

/** Takes connections where the configuration says, and nowhere else. */
export function listen(speaker: Speaker): void {
  listenAsConfigured(speaker, (connection) => accept(speaker, connection));
}

/** A router has connected. Whoever is none of ours hears nothing. */
function accept(speaker: Speaker, connection: Connection): void {
  const { address, scope } = connection.remote;
  const peer = [...speaker.peers.values()].find(
    ({ at, session }) =>
      session.life === 'running' &&
      at !== undefined &&
      String(at.address) === String(address) &&
      (!isLinkLocal(address) || at.scope === scope),
  );
  if (!peer || !isSigned(speaker, peer, connection)) {
    count(speaker.counters, 'refused-connections', peer?.name ?? '');
    connection.close(true);
    return;
  }
  let localAddress: Uint8Array;
  try {
    connection.settle(tcpSettingsOf(peer.settings));
    localAddress = connection.local();
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    peer.failure = error;
    connection.close(true);
    return;
  }
  peer.offered = connection;
  const beside = besideOf(speaker, peer, localAddress);
  give(speaker, peer, { type: 'accepted', localAddress, ...(beside && { beside }) });
}
