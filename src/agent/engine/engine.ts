/**
 * The engine: the groups of this node, driven turn by turn.
 *
 * A turn is always: has the thread slept (then fence first)? — what the kernel says about interfaces — frames that wait — timers,
 * so adverts of every group that is due — questions of neighbours — one batch of address work — one batch of announcements. Whoever runs it waits until
 * `deadline()` or until a descriptor is ready, then takes the next turn; so adverts and frames get their turn between two
 * batches.
 */
import { type Micros, never } from '../../core/time.js';
import { type Input, type Output, step } from '../../core/vrrp/virtual-router.js';
import { addressKey } from './address-key.js';
import { createAnnouncements } from './answering/announcements.js';
import { createAnswerModes } from './answering/answer-mode.js';
import type { AnsweringResults } from './answering/contract.js';
import { createForwarding } from './answering/forwarding.js';
import { answerOnNic } from './answering/on-nic.js';
import { createResponder } from './answering/responder.js';
import { createVirtualMacs } from './answering/virtual-macs.js';
import { createAddressConflicts } from './conflicts/address-conflicts.js';
import { createNodeAddresses } from './conflicts/node-addresses.js';
import { createBindings } from './election/binding.js';
import { renumber } from './election/former-ids.js';
import { stillHeldDown } from './election/hold-down.js';
import {
  addressIndex,
  givesWay,
  isReachable,
  isSucceeded,
  type Member,
  memberReport,
  newMember,
  routerConfig,
  sameSource,
  sameVirtualRouter,
  saysTheSame,
  text,
  transitionOf,
} from './election/member.js';
import { createNics } from './election/nics.js';
import { createReceiver } from './election/receive.js';
import { createRefusals } from './election/refusals.js';
import { createTransmitter } from './election/transmit.js';
import { toBeAskedFor, unprovenOf } from './election/unproven.js';
import { createInventory } from './inventory.js';
import type { Kernel } from './kernel.js';
import { removeLeftovers } from './leftovers.js';
import type { EngineEvent, EngineReport, GroupConfig } from './messages.js';

/** A deadline missed by less is not worth asking the routers about: it is under half of the shortest advert interval. */
const unnoticed: Micros = 5_000;
/** How much later than this node others may hear of a change. */
const newsDelay: Micros = 1_000_000;
/** How often groups that have no place look for one, beyond what rtnetlink tells. */
const placeRetryInterval: Micros = 2_000_000;

export interface Engine {
  /** Takes in groups that are new or changed, and releases others. The first call also removes an earlier life's leftovers. */
  configure(set: readonly GroupConfig[], release: readonly string[]): void;
  /** Releases every group; `released` is posted at the end. */
  shutdown(immediate: boolean): void;
  report(): EngineReport;
  turn(): void;
  /** When the next turn is due at the latest. */
  deadline(): Micros;
}

export function createEngine(kernel: Kernel, post: (event: EngineEvent) => void): Engine {
  const members = new Map<string, Member>();
  const counters = new Map<string, number>();
  const drops = new Map<string, number>();
  const neighborDrops = new Map<string, number>();
  const count = (name: string, by = 1) => counters.set(name, (counters.get(name) ?? 0) + by);
  const inventory = createInventory(kernel.rtnetlink);
  const nics = createNics(kernel);
  const virtualMacs = createVirtualMacs(kernel, post);
  const announcements = createAnnouncements();
  const results: AnsweringResults = {
    inPlace(group, _interfaceIndex, addresses) {
      const member = members.get(group);
      if (member?.heldDown !== undefined) isAcceptedAgain(member);
      if (member?.waitsToClaim && member.binding) transmitter.advertise(member, member.binding, member.config.priority);
      if (member?.announcing) announcements.start(group, addresses, kernel.now());
      reported.add(group);
    },
    refused(group, address, reason) {
      const fields = { group, address: text(address), reason };
      post({ type: 'log', level: 'warn', message: 'address not in place', fields });
      reported.add(group);
    },
    allRefused: (group, reason) => refusals.tell(group, reason),
  };
  const isRouterOn = createForwarding(kernel);
  const transmitter = createTransmitter({ now: kernel.now, count, isRouterOn });
  const announce = (group: string, addresses: readonly Uint8Array[]) =>
    transmitter.announce(members.get(group), addresses);
  const onNic = answerOnNic(kernel.rtnetlink, results);
  const responder = createResponder({
    kernel,
    results,
    count,
    macOf: (index) => inventory.link(index)?.mac,
    isRouterOn: (index) => isRouterOn(inventory.link(index)?.name ?? ''),
    drop: (reason) => neighborDrops.set(reason, (neighborDrops.get(reason) ?? 0) + 1),
  });
  const answerModes = createAnswerModes({ nic: onNic, responder });
  const handOver = (member: Member, now: Micros) => release(member, member.config, false, now);
  const refusals = createRefusals({ members, held: answerModes.held, post, count, handOver });
  const startAnnouncing = ({ config }: Member) =>
    announcements.start(config.name, answerModes.held(config.name), kernel.now());
  const bindings = createBindings({
    kernel,
    inventory,
    nics,
    virtualMacs,
    members,
    input: give,
    raised: startAnnouncing,
  });
  const nodeAddresses = createNodeAddresses({ inventory, members });
  const conflicts = createAddressConflicts({
    kernel,
    post,
    count,
    admit: (member, addresses) => hold(member, addresses),
    owner: nodeAddresses.of,
    defend: (member, address) => announce(member.config.name, [address]),
    changed: (member) => reported.add(member.config.name),
  });
  const receiver = createReceiver({ count, drops, input: give, post, utc: kernel.utc });
  /** Groups whose report changed in this turn. */
  const reported = new Set<string>();
  let networkChanged = true;
  let kernelSpoke = true;
  let started = false;
  let closing = false;
  let placeRetryAt: Micros = never;
  let worstLateness: Micros = 0;

  kernel.poller.add(kernel.events.fd, () => {
    kernelSpoke = true;
  });

  function give(member: Member, input: Input, now: Micros): void {
    if (member.binding === undefined) return;
    if (input.type === 'advert') member.unproven.clear();
    const { router, outputs } = step(member.binding.router, input, now);
    member.binding.router = router;
    const claimsInPlace = outputs[0]?.type === 'take-addresses';
    for (const output of outputs) perform(member, output, claimsInPlace);
    if (isSucceeded(router)) member.binding?.virtual?.silence();
  }

  /** @param claimsInPlace whether an advert waits for the first address */
  function perform(member: Member, output: Output, claimsInPlace: boolean): void {
    const { config, binding } = member;
    if (binding === undefined) return;
    switch (output.type) {
      case 'advertise':
        member.waitsToClaim = claimsInPlace && answerModes.held(config.name).length === 0;
        if (!member.waitsToClaim) transmitter.advertise(member, binding, output.priority);
        break;
      case 'take-addresses':
        binding.virtual?.raise();
        hold(member, conflicts.lead(member, config.addresses, toBeAskedFor(member), kernel.now()));
        if (binding.virtual !== undefined) answerModes.begin(config.name, kernel.now());
        break;
      case 'announce':
        member.announcing = true;
        startAnnouncing(member);
        break;
      case 'drop-addresses':
        dropAddresses(member);
        break;
      case 'transition':
        member.reason = output.reason;
        member.activeSource = output.activeSource;
        post(transitionOf(member, output));
        count(`transitions_to_${output.to.toLowerCase()}`);
        reported.add(config.name);
        break;
      case 'released':
        finish(member);
    }
  }

  /** Exactly these of the group's addresses are answered for. */
  function hold({ config, binding }: Member, addresses: readonly Uint8Array[]): void {
    if (binding === undefined) return;
    announcements.keep(config.name, addresses);
    answerModes.want(config.name, config.answer, addressIndex(binding), addresses);
  }

  function dropAddresses(member: Member): void {
    member.announcing = false;
    member.waitsToClaim = false;
    conflicts.end(member.config.name);
    announcements.keep(member.config.name, []);
    answerModes.drop(member.config.name);
    member.binding?.virtual?.retire(); // silent from now on, whenever the addresses go
    reported.add(member.config.name);
  }

  /** A group's router is released, or it never had one: it is gone, and what was to follow takes its place. */
  function finish(member: Member): void {
    bindings.unbind(member);
    dropAddresses(member);
    members.delete(member.config.name);
    reported.delete(member.config.name);
    post({ type: 'member', ...memberReport(member, answerModes) });
    if (member.next !== undefined && !closing) add(member.next, member);
  }

  /** @param before whose place it takes, if it takes one's */
  function add(config: GroupConfig, before?: Member): void {
    const member = newMember(config, before);
    member.heldDown = before && stillHeldDown(before, config);
    members.set(config.name, member);
    networkChanged = true;
  }

  function release(member: Member, next: GroupConfig | undefined, immediate: boolean, now: Micros): void {
    member.next = next;
    reported.add(member.config.name);
    if (member.leaving && !immediate) return;
    member.leaving = true;
    if (member.binding === undefined) finish(member);
    else give(member, { type: 'shutdown', immediate }, now);
  }

  function reconfigure(member: Member, config: GroupConfig, now: Micros): void {
    const renumbered = member.config.virtualRouterId !== config.virtualRouterId;
    const inPlace = sameVirtualRouter(member.config, config) && !bindings.isTaken(member, config.virtualRouterId);
    if (member.leaving || !inPlace) {
      release(member, config, false, now);
      return;
    }
    const handOver = givesWay(member.config, config);
    Object.assign(member, unprovenOf(config, member));
    if (!saysTheSame(member.config, config)) reported.add(config.name);
    if (isReachable(config) && !isReachable(member.config)) member.reachableFrom = now + newsDelay;
    networkChanged ||= isReachable(config) !== isReachable(member.config) || !sameSource(config, member.config);
    renumber(member, config, now);
    member.heldDown = stillHeldDown(member, config);
    member.config = config;
    if (renumbered) changeVirtualRouterId(member);
    else bindings.reconfigured(member);
    if (member.binding === undefined) {
      networkChanged = true;
      return;
    }
    give(member, { type: 'configure', config: routerConfig(member, member.binding.source), handOver }, now);
    if (!member.announcing) return;
    const fresh = member.binding.router.leaving ? [] : toBeAskedFor(member);
    hold(member, conflicts.lead(member, config.addresses, fresh, now));
  }

  function isAcceptedAgain(member: Member): void {
    member.heldDown = undefined;
    if (member.binding === undefined) return;
    give(member, { type: 'configure', config: routerConfig(member, member.binding.source) }, kernel.now());
  }

  /** The group goes on as what it is. With a virtual MAC its addresses move to the interface with the new one, and are announced anew. */
  function changeVirtualRouterId(member: Member): void {
    member.sighted.clear();
    reported.add(member.config.name);
    const { retire } = bindings.renumbered(member);
    const { binding } = member;
    if (binding?.virtual !== undefined && member.announcing) {
      if (!isSucceeded(binding.router)) binding.virtual.raise();
      hold(member, answerModes.held(member.config.name));
      // Hosts are told before the one with the old MAC is silenced.
      answerModes.settle(kernel.now());
      announcements.work(kernel.now(), announce);
    }
    retire();
  }

  function fence(now: Micros): void {
    let slept = false;
    for (const member of members.values()) {
      const lateness = now - (member.binding?.router.deadline ?? never);
      worstLateness = Math.max(worstLateness, lateness);
      if (lateness <= unnoticed) continue;
      slept = true;
      give(member, { type: 'slept', lateness }, now);
    }
    while (slept && onNic.removing()) onNic.work(now);
  }

  function hearKernel(now: Micros): void {
    if (kernelSpoke) {
      kernelSpoke = false;
      const { events, routes, overrun } = kernel.events.read();
      networkChanged ||= routes;
      for (const event of events) {
        if (event.type === 'address' && event.removed && event.address.ours) {
          onNic.lost(event.address.interfaceIndex, event.address.address, now);
        } else if (inventory.apply(event)) networkChanged = true;
        if (event.type === 'address' && !event.removed)
          onNic.appeared(event.address.interfaceIndex, event.address.address);
        if (event.type === 'link' && event.removed) bindings.linkGone(event.link.index, now);
      }
      if (overrun) resynchronise(now);
    }
    if (!networkChanged && now < placeRetryAt) return;
    networkChanged = false;
    placeRetryAt = bindings.place(now) ? now + placeRetryInterval : never;
    nodeAddresses.changed();
    conflicts.review(now);
    for (const group of bindings.changed()) reported.add(group);
  }

  function resynchronise(now: Micros): void {
    count('rtnetlink_overruns');
    inventory.refresh();
    networkChanged = true;
    for (const member of members.values()) {
      if (member.binding === undefined) continue;
      const present = new Set(
        inventory.addresses(addressIndex(member.binding)).map((each) => addressKey(each.address)),
      );
      for (const address of onNic.held(member.config.name)) {
        if (!present.has(addressKey(address))) onNic.lost(addressIndex(member.binding), address, now);
      }
    }
  }

  /** Each with the clock read anew: a router that is stepped late because the thread was stopped just now fences itself. */
  function runTimers(): void {
    for (const member of members.values()) {
      const now = kernel.now();
      if ((member.binding?.router.deadline ?? never) <= now) give(member, { type: 'time' }, now);
    }
  }

  /** Not while addresses are being put in place: a report of each batch would take as long as the batch. */
  function postReports(): void {
    if (answerModes.deadline() <= kernel.now()) return;
    for (const group of reported) {
      const member = members.get(group);
      if (member !== undefined) post({ type: 'member', ...memberReport(member, answerModes) });
    }
    reported.clear();
    if (closing && members.size === 0 && !onNic.removing()) {
      closing = false;
      post({ type: 'released' });
    }
  }

  inventory.refresh();
  return {
    configure(set, releases) {
      const now = kernel.now();
      if (!started) removeLeftovers(set, kernel, virtualMacs, post);
      started = true;
      for (const name of releases) {
        const member = members.get(name);
        if (member !== undefined) release(member, undefined, false, now);
      }
      for (const config of set) {
        const member = members.get(config.name);
        if (member === undefined) add(config);
        else reconfigure(member, config, now);
      }
      nodeAddresses.changed();
      conflicts.review(now);
    },
    shutdown(immediate) {
      closing = true;
      for (const member of [...members.values()]) release(member, undefined, immediate, kernel.now());
    },
    report() {
      const report = {
        members: [...members.values()].map((member) => memberReport(member, answerModes)),
        counters: Object.fromEntries(counters),
        drops: Object.fromEntries(drops),
        neighborDrops: Object.fromEntries(neighborDrops),
        worstLateness,
      };
      worstLateness = 0;
      return report;
    },
    turn() {
      const now = kernel.now();
      fence(now);
      hearKernel(now);
      for (const nic of nics.all()) receiver.drain(nic, now);
      runTimers();
      responder.answer();
      conflicts.work(kernel.now());
      answerModes.work(kernel.now());
      refusals.work(kernel.now());
      announcements.work(kernel.now(), announce);
      virtualMacs.work(onNic.removing());
      postReports();
    },
    deadline() {
      const others = Math.min(announcements.deadline(), conflicts.deadline(), virtualMacs.deadline());
      let at = Math.min(answerModes.deadline(), others, placeRetryAt);
      if (networkChanged || reported.size > 0) return 0;
      for (const nic of nics.all()) if (nic.readable) return 0;
      for (const { binding } of members.values()) if (binding !== undefined) at = Math.min(at, binding.router.deadline);
      return at;
    },
  };
}
