/** Addresses of interfaces: listed, put, renewed, removed. */
import { release } from 'node:os';
import {
  type AddressRequest,
  decodeAddress,
  encodeListAddresses,
  encodePutAddress,
  encodeRemoveAddress,
  type InterfaceAddress,
  keepsAddressProtocol,
  readdressPut,
} from '../address-message.js';
import { type Batch, type NetlinkSocket, prepareBatches } from '../netlink-socket.js';
import { type AddressFailure, performAll } from './requests.js';

/** What is asked of the kernel about addresses, and what was encoded for that. */
export interface AddressRequests {
  readonly socket: NetlinkSocket;
  /** Whether this kernel keeps IFA_PROTO. */
  readonly marksKept: boolean;
  /** By the list that is renewed. */
  readonly renewals: WeakMap<readonly AddressRequest[], readonly Batch[]>;
  /** A put of each family and lifetime in use, a handful, of whatever address. */
  readonly examples: Map<number, Uint8Array>;
}

export function addressRequests(socket: NetlinkSocket): AddressRequests {
  return { socket, marksKept: keepsAddressProtocol(release()), renewals: new WeakMap(), examples: new Map() };
}

export function listAddresses(
  { socket, marksKept }: AddressRequests,
  interfaceIndex: number | undefined,
  interrupted: (() => void) | undefined,
): InterfaceAddress[] {
  const { messages, whole } = socket.dump(encodeListAddresses(interfaceIndex));
  const listed = messages
    .map((message) => decodeAddress(message, marksKept))
    .filter((address) => address !== undefined)
    .filter((address) => interfaceIndex === undefined || address.interfaceIndex === interfaceIndex);
  if (whole) return listed;
  interrupted?.();
  return [...new Map(listed.map((address) => [nameOf(address), address])).values()];
}

export function putAddresses(
  requests: AddressRequests,
  list: readonly AddressRequest[],
): readonly (AddressFailure | undefined)[] {
  return performAll(requests.socket, putBatches(requests, list), list.length);
}

/** Returns how many were refused. */
export function renewAddresses(requests: AddressRequests, list: readonly AddressRequest[]): number {
  let failures = 0;
  requests.socket.execute(renewalOf(requests, list), () => {
    failures++;
  });
  return failures;
}

export function removeAddresses(
  { socket }: AddressRequests,
  list: readonly Pick<AddressRequest, 'interfaceIndex' | 'address'>[],
): readonly (AddressFailure | undefined)[] {
  return performAll(socket, prepareBatches(list.map(encodeRemoveAddress)), list.length);
}

function renewalOf(requests: AddressRequests, list: readonly AddressRequest[]): readonly Batch[] {
  const known = requests.renewals.get(list);
  if (known !== undefined) return known;
  const batches = putBatches(requests, list);
  requests.renewals.set(list, batches);
  return batches;
}

function putBatches({ examples }: AddressRequests, list: readonly AddressRequest[]): readonly Batch[] {
  return prepareBatches(
    list.map((request) => examplePut(examples, request)),
    (bytes, view, at, index) => readdressPut(bytes, view, at, list[index]!),
  );
}

function examplePut(examples: Map<number, Uint8Array>, request: AddressRequest): Uint8Array {
  const kind = request.lifetimeSeconds * 256 + request.address.byteLength;
  const example = examples.get(kind);
  if (example !== undefined) return example;
  const message = encodePutAddress(request);
  examples.set(kind, message);
  return message;
}

function nameOf({ interfaceIndex, prefixLength, address }: InterfaceAddress): string {
  return `${interfaceIndex} ${prefixLength} ${address}`;
}
