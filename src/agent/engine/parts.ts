/** Makes the engine's parts. Each knows of others only what it asks them; what it wants done it returns. */
import type { Micros } from '../../core/time.js';
import { createAnnouncements } from './answering/announcements.js';
import { createAnswerModes } from './answering/answer-mode.js';
import { createForwarding } from './answering/forwarding.js';
import { createNeighborSockets } from './answering/neighbor-sockets.js';
import { answerOnNic } from './answering/on-nic.js';
import { createResponder } from './answering/responder.js';
import { createVirtualMacs } from './answering/virtual-macs.js';
import { unguessable } from './bfd/running.js';
import { createBfd } from './bfd/sessions.js';
import { createAddressConflicts } from './conflicts/address-conflicts.js';
import { createNodeAddresses } from './conflicts/node-addresses.js';
import { createBindings } from './election/binding.js';
import { text } from './election/member.js';
import { createNextHops } from './election/next-hops.js';
import { createNics } from './election/nics.js';
import { createReceiver } from './election/receive.js';
import { createRefusals } from './election/refusals.js';
import { createTransmitter } from './election/transmit.js';
import { createForeignAddresses } from './foreign-addresses.js';
import { createInventory } from './inventory.js';
import { createLiveness } from './liveness/liveness.js';
import { count, type EngineState, type Parts } from './state.js';

export function createParts({
  kernel,
  post,
  counts,
  members,
}: Pick<EngineState, 'kernel' | 'post' | 'counts' | 'members'>): Parts {
  const counted = (name: string) => count(counts, name);
  const dropOfBfd = (reason: string) => counts.bfdDrops.set(reason, (counts.bfdDrops.get(reason) ?? 0) + 1);
  const inventory = createInventory(kernel.rtnetlink);
  const nics = createNics(kernel);
  const virtualMacs = createVirtualMacs(kernel, post);
  const isRouterOn = createForwarding(kernel);
  const onNic = answerOnNic(kernel.rtnetlink);
  const neighborSockets = createNeighborSockets(kernel);
  const responder = createResponder({
    kernel,
    sockets: neighborSockets,
    count: counted,
    macOf: (index) => inventory.link(index)?.mac,
    isRouterOn: (index) => isRouterOn(inventory.link(index)?.name ?? ''),
    drop: (reason) => counts.neighborDrops.set(reason, (counts.neighborDrops.get(reason) ?? 0) + 1),
  });
  const answerModes = createAnswerModes({ nic: onNic, responder });
  const nextHops = createNextHops({ rtnetlink: kernel.rtnetlink, members });
  const nodeAddresses = createNodeAddresses({ inventory, members });
  const refusals = createRefusals({ members, held: answerModes.held, post, count: counted });
  const announcements = createAnnouncements();
  const announcing = {
    work: (now: Micros) => announcements.work(now, answerModes.deadline() <= now),
    deadline: announcements.deadline,
  };
  const conflicts = createAddressConflicts({
    sockets: neighborSockets,
    post,
    count: counted,
    owner: nodeAddresses.of,
  });
  const foreignAddresses = createForeignAddresses({
    rtnetlink: kernel.rtnetlink,
    inventory,
    members,
    post,
    count: (name, by) => count(counts, name, by),
  });
  return {
    working: [conflicts, answerModes, foreignAddresses, refusals, nextHops, announcing],
    inventory,
    nics,
    virtualMacs,
    neighborSockets,
    announcements,
    transmitter: createTransmitter({ now: kernel.now, count: counted, isRouterOn }),
    onNic,
    responder,
    answerModes,
    refusals,
    bindings: createBindings({ kernel, inventory, nics, virtualMacs, nextHops, members }),
    nodeAddresses,
    conflicts,
    bfd: createBfd({ kernel, inventory, random: unguessable, count: counted, drop: dropOfBfd }),
    liveness: createLiveness({
      kernel,
      members,
      random: unguessable,
      count: counted,
      drop: dropOfBfd,
      doubts: (nic, source) => post({ type: 'leader-silent', nic, leader: text(source) }),
    }),
    receiver: createReceiver({ count: counted, drops: counts.drops, post, utc: kernel.utc }),
  };
}
