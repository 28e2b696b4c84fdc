/** Makes the engine's parts, and ties what they tell to what is done about it. */
import { createAnnouncements } from './answering/announcements.js';
import { createAnswerModes } from './answering/answer-mode.js';
import type { AnsweringResults } from './answering/contract.js';
import { createForwarding } from './answering/forwarding.js';
import { createNeighborSockets } from './answering/neighbor-sockets.js';
import { answerOnNic } from './answering/on-nic.js';
import { createResponder } from './answering/responder.js';
import { createVirtualMacs } from './answering/virtual-macs.js';
import { unguessable } from './bfd/running.js';
import { createBfd } from './bfd/sessions.js';
import { createAddressConflicts } from './conflicts/address-conflicts.js';
import { createNodeAddresses } from './conflicts/node-addresses.js';
import { announceHeld, give, hold } from './drive.js';
import { createBindings } from './election/binding.js';
import { text } from './election/member.js';
import { createNextHops } from './election/next-hops.js';
import { createNics } from './election/nics.js';
import { createReceiver } from './election/receive.js';
import { createRefusals } from './election/refusals.js';
import { createTransmitter } from './election/transmit.js';
import { createInventory } from './inventory.js';
import { inPlace, release } from './lifecycle.js';
import { createLiveness } from './liveness/liveness.js';
import { count, type EngineState, type Parts } from './state.js';
import { readAdverts } from './timers.js';

/** @param engine the engine, which is whole by the time a part tells something */
export function createParts(
  { kernel, post, counts, members, reported, announce }: Omit<EngineState, 'parts'>,
  engine: () => EngineState,
): Parts {
  const counted = (name: string) => count(counts, name);
  const input: Parameters<typeof createBindings>[0]['input'] = (...args) => give(engine(), ...args);
  const results: AnsweringResults = {
    inPlace: (group, _interfaceIndex, addresses) => inPlace(engine(), group, addresses),
    refused(group, address, reason) {
      const fields = { group, address: text(address), reason };
      post({ type: 'log', level: 'warn', message: 'address not in place', fields });
      reported.add(group);
    },
    allRefused: (group, reason) => refusals.tell(group, reason),
  };
  const inventory = createInventory(kernel.rtnetlink);
  const nics = createNics(kernel);
  const virtualMacs = createVirtualMacs(kernel, post);
  const isRouterOn = createForwarding(kernel);
  const onNic = answerOnNic(kernel.rtnetlink, results);
  const neighborSockets = createNeighborSockets(kernel);
  const responder = createResponder({
    kernel,
    sockets: neighborSockets,
    results,
    count: counted,
    macOf: (index) => inventory.link(index)?.mac,
    isRouterOn: (index) => isRouterOn(inventory.link(index)?.name ?? ''),
    drop: (reason) => counts.neighborDrops.set(reason, (counts.neighborDrops.get(reason) ?? 0) + 1),
  });
  const answerModes = createAnswerModes({ nic: onNic, responder });
  const refusals = createRefusals({
    members,
    held: answerModes.held,
    post,
    count: counted,
    handOver: (member, now) => release(engine(), member, member.config, false, now),
  });
  const nextHops = createNextHops({ rtnetlink: kernel.rtnetlink, members });
  const nodeAddresses = createNodeAddresses({ inventory, members });
  return {
    inventory,
    nics,
    virtualMacs,
    neighborSockets,
    announcements: createAnnouncements(),
    transmitter: createTransmitter({
      now: kernel.now,
      count: counted,
      isRouterOn,
      interfaceGone() {
        engine().networkChanged = true;
      },
    }),
    onNic,
    responder,
    answerModes,
    refusals,
    nextHops,
    bindings: createBindings({
      kernel,
      inventory,
      nics,
      virtualMacs,
      nextHops,
      members,
      input,
      newMac: (member) => announceHeld(engine(), member),
    }),
    nodeAddresses,
    conflicts: createAddressConflicts({
      sockets: neighborSockets,
      post,
      count: counted,
      admit: (member, addresses) => hold(engine(), member, addresses),
      owner: nodeAddresses.of,
      defend: ({ config }, address) => announce(config.name, [address]),
      changed: ({ config }) => reported.add(config.name),
    }),
    bfd: createBfd({
      kernel,
      inventory,
      random: unguessable,
      count: counted,
      drop: (reason) => counts.bfdDrops.set(reason, (counts.bfdDrops.get(reason) ?? 0) + 1),
    }),
    liveness: createLiveness({
      kernel,
      members,
      random: unguessable,
      count: counted,
      drop: (reason) => counts.bfdDrops.set(reason, (counts.bfdDrops.get(reason) ?? 0) + 1),
      readAdverts: () => readAdverts(engine()),
      lost(member, source, spread, now) {
        count(counts, 'liveness_leaders_lost');
        give(engine(), member, { type: 'peer-lost', source, spread }, now);
      },
    }),
    receiver: createReceiver({ count: counted, drops: counts.drops, input, post, utc: kernel.utc }),
  };
}
