/**
 * Where connections of routers are taken. A port that is not to be had is tried again; sessions that this node begins go on without.
 */
import type { KeyObject } from 'node:crypto';
import type { Micros } from '../../../core/time.js';
import { never } from '../../../core/time.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import type { Problem, Speaker as SpeakerSettings } from './contract.js';
import { count } from './counters.js';
import type { Listeners, Peer, Speaker } from './state.js';
import type { Connection } from './world.js';

const retryInterval: Micros = 5_000_000;
const everywhere: readonly Uint8Array[] = [new Uint8Array(4), new Uint8Array(16)];

export function createListeners(): Listeners {
  return { open: new Map(), port: undefined, retryAt: never, problem: undefined, told: '' };
}

/** Listens where the configuration says, and nowhere else; connections go to `accepted`. */
export function listenAsConfigured(speaker: Speaker, accepted: (connection: Connection) => void): void {
  const { listeners, world, settings } = speaker;
  const { listenPort } = settings;
  const wanted = listenPort === undefined ? [] : addressesOf(settings);
  const names = new Set(wanted.map(String));
  for (const [name, { listener }] of listeners.open) {
    if (listeners.port === listenPort && names.has(name)) continue;
    listener.close();
    listeners.open.delete(name);
  }
  listeners.port = listenPort;
  listeners.retryAt = never;
  listeners.problem = undefined;
  for (const address of wanted) {
    const name = String(address);
    if (listeners.open.has(name)) continue;
    try {
      const at = { address, port: listenPort!, scope: 0 };
      const listener = world.listen(at, accepted, (error) => noteStall(speaker, name, error));
      listeners.open.set(name, { listener, length: address.length, keys: new Map(), stalled: undefined });
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      if (error.code === 'EAFNOSUPPORT' && wanted === everywhere) continue; // a kernel without IPv6
      listeners.problem = problemOf(error, listenPort!);
      listeners.retryAt = world.now() + retryInterval;
    }
  }
  signAsConfigured(speaker);
  tell(speaker);
}

function noteStall(speaker: Speaker, name: string, error: LinuxError | undefined): void {
  const open = speaker.listeners.open.get(name);
  if (!open) return;
  if (error) count(speaker.counters, 'stalled-accepts', '');
  open.stalled = error && stallOf(error);
  tell(speaker);
}

/** Has connections of routers with a password signed. */
export function signAsConfigured({ listeners, peers }: Speaker): void {
  for (const { listener, length, keys } of listeners.open.values()) {
    const wanted = new Map<string, { peer: Peer; address: Uint8Array; key: KeyObject }>();
    for (const peer of peers.values()) {
      const { at, settings, going } = peer;
      if (going || !at || at.address.length !== length || !settings.password) continue;
      wanted.set(String(at.address), { peer, address: at.address, key: settings.password });
    }
    for (const name of keys.keys()) {
      if (wanted.has(name)) continue;
      listener.setMd5Key(Uint8Array.from(name.split(',').map(Number)), undefined);
      keys.delete(name);
    }
    for (const [name, { peer, address, key }] of wanted) {
      if (keys.get(name)?.equals(key)) continue;
      keys.delete(name);
      try {
        listener.setMd5Key(address, new Uint8Array(key.export()));
        keys.set(name, key);
      } catch (error) {
        if (!(error instanceof LinuxError)) throw error;
        peer.failure = error; // what the router connects with is refused then
        peer.reportDue = true;
      }
    }
  }
}

/** Whether a connection of a router came in signed, if it must be. */
export function isSigned({ listeners }: Speaker, { settings }: Peer, { remote }: Connection): boolean {
  const { password } = settings;
  if (!password) return true;
  const of = [...listeners.open.values()].filter(({ length }) => length === remote.address.length);
  return of.every(({ keys }) => keys.get(String(remote.address))?.equals(password));
}

/** Gives all ports back. */
export function closeListeners({ open }: Listeners): void {
  for (const { listener } of open.values()) listener.close();
  open.clear();
}

function addressesOf({ listenAddresses }: SpeakerSettings): readonly Uint8Array[] {
  return listenAddresses.length > 0 ? listenAddresses : everywhere;
}

function tell({ listeners, emit }: Speaker): void {
  const { port } = listeners;
  const problem = listeners.problem ?? [...listeners.open.values()].find(({ stalled }) => stalled)?.stalled;
  const said = port === undefined ? '' : JSON.stringify([port, problem]);
  if (said === listeners.told) return;
  listeners.told = said;
  if (port !== undefined) emit({ type: 'listener', port, ...(problem && { problem }) });
}

function problemOf(error: LinuxError, port: number): Problem {
  switch (error.code) {
    case 'EADDRINUSE':
      return {
        reason: 'PortTaken',
        message: `TCP port ${port} of this node belongs to another program, perhaps another BGP speaker such as Calico's or FRR: see \`ss -ltnp sport = :${port}\`, and choose another listenPort or end that program. Sessions that this node begins are not affected`,
      };
    case 'EACCES':
      return {
        reason: 'PortNotPermitted',
        message: `TCP port ${port} needs the capability NET_BIND_SERVICE: grant it, or choose a listenPort of 1024 or above`,
      };
    case 'EADDRNOTAVAIL':
      return {
        reason: 'ListenAddressMissing',
        message: 'this node has not all of listenAddresses: leave those out that it lacks',
      };
    default:
      return { reason: 'ListenFailed', message: error.message };
  }
}

function stallOf({ message }: LinuxError): Problem {
  return {
    reason: 'ConnectionsNotTaken',
    message: `connections of routers cannot be taken, which is tried again each second, and sessions that stand go on: ${message}`,
  };
}
