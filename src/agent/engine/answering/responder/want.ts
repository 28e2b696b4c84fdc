/** Which addresses which groups want to be answered for on which NIC. */
import { solicitedNodeGroup } from '../../../../core/wire/ndp.js';
import { readUint32 } from '../../../../core/wire/octets.js';
import { LinuxError } from '../../../../platform/linux/errno.js';
import { addressKey } from '../../address-key.js';
import { type AnsweringEffect, none } from '../contract.js';
import type { Answerer, ResponderState } from './state.js';

/** Exactly these for the group from now on. */
export function want(
  r: ResponderState,
  group: string,
  interfaceIndex: number,
  addresses: readonly Uint8Array[],
): readonly AnsweringEffect[] {
  let effects: readonly AnsweringEffect[] = none;
  const wanted = new Set(addresses.map(addressKey));
  const [first] = addresses;
  if (first !== undefined) {
    try {
      take(r, group, interfaceIndex, addresses);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      // The NIC is going: the group will be told to let go.
      effects = [{ type: 'refused', group, address: first, reason: error.message }];
    }
  }
  for (const [index, answerer] of [...r.answerers]) {
    keepOnly(r, index, answerer, group, (key) => index === interfaceIndex && wanted.has(key));
  }
  return effects;
}

function take(r: ResponderState, group: string, interfaceIndex: number, addresses: readonly Uint8Array[]): void {
  const answerer = answererOf(r, interfaceIndex);
  const added = addresses.filter((address) => !answerer.answered.get(addressKey(address))?.groups.has(group));
  for (const address of added) {
    const key = addressKey(address);
    const known = answerer.answered.get(key);
    if (address.length === 16 && known === undefined) answerer.groups.join(solicitedNodeGroup(address));
    if (address.length === 4) answerer.ipv4.add(readUint32(address, 0));
    if (known === undefined) answerer.answered.set(key, { groups: new Set([group]), address });
    else known.groups.add(group);
  }
  if (added.length > 0) r.fresh.push({ type: 'in-place', group, addresses: added });
}

function answererOf({ answerers, kernel, sockets }: ResponderState, interfaceIndex: number): Answerer {
  const known = answerers.get(interfaceIndex);
  if (known !== undefined) return known;
  const heardBy = sockets.open(interfaceIndex, 'responder');
  const groups = kernel.openIpv6Groups(interfaceIndex);
  const ipv4 = new Set<number>();
  const answersIpv4 = (address: number) => ipv4.has(address);
  const answerer: Answerer = { heardBy, groups, answered: new Map(), ipv4, answersIpv4 };
  answerers.set(interfaceIndex, answerer);
  return answerer;
}

/** The group wants these addresses there, and no others. */
function keepOnly(
  { answerers, sockets }: ResponderState,
  interfaceIndex: number,
  answerer: Answerer,
  group: string,
  wants: (key: string) => boolean,
): void {
  for (const [key, { groups, address }] of answerer.answered) {
    if (wants(key) || !groups.delete(group) || groups.size > 0) continue;
    answerer.answered.delete(key);
    if (address.length === 16) answerer.groups.leave(solicitedNodeGroup(address));
    else answerer.ipv4.delete(readUint32(address, 0));
  }
  if (answerer.answered.size > 0) return;
  sockets.close(interfaceIndex, 'responder');
  answerer.groups.close();
  answerers.delete(interfaceIndex);
}
