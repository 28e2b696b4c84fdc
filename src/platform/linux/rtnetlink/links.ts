/** Interfaces: listed, made, switched, removed. */
import { errnoOf, LinuxError } from '../errno.js';
import {
  decodeLink,
  encodeCreateMacvlan,
  encodeGetLink,
  encodeListLinks,
  encodeRemoveLink,
  encodeSetCarrier,
  encodeSetLinkUp,
  type Link,
} from '../link-message.js';
import type { NetlinkSocket } from '../netlink-socket.js';
import { perform } from './requests.js';

export function listLinks(socket: NetlinkSocket, interrupted: (() => void) | undefined): Link[] {
  const { messages, whole } = socket.dump(encodeListLinks());
  const listed = messages.map(decodeLink).filter((link) => link !== undefined);
  if (whole) return listed;
  interrupted?.();
  return [...new Map(listed.map((link) => [link.index, link])).values()];
}

export function linkOf(socket: NetlinkSocket, which: Parameters<typeof encodeGetLink>[0]): Link | undefined {
  const answer = socket.query(encodeGetLink(which));
  return 'errno' in answer ? undefined : decodeLink(answer); // ENODEV: there is none
}

/** Returns its index. */
export function createMacvlan(socket: NetlinkSocket, o: Parameters<typeof encodeCreateMacvlan>[0]): number {
  const object = `macvlan ${o.name}`;
  perform(socket, encodeCreateMacvlan(o), { operation: 'create', object });
  const made = linkOf(socket, { name: o.name });
  if (made === undefined) throw new LinuxError({ errno: errnoOf('ENODEV'), operation: 'find', object });
  return made.index;
}

export function setLinkUp(socket: NetlinkSocket, index: number, up: boolean): void {
  const operation = up ? 'switch on' : 'switch off';
  perform(socket, encodeSetLinkUp(index, up), { operation, object: `interface ${index}` });
}

export function setCarrier(socket: NetlinkSocket, index: number, carrier: boolean): void {
  const operation = carrier ? 'give carrier to' : 'take carrier from';
  perform(socket, encodeSetCarrier(index, carrier), { operation, object: `interface ${index}` });
}

export function removeLink(socket: NetlinkSocket, index: number): void {
  const object = `interface ${index}`;
  perform(socket, encodeRemoveLink(index), { operation: 'remove', object, tolerated: 'ENODEV' });
}
