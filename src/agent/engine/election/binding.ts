/**
 * Binding groups to NICs, and keeping them there while interfaces and their addresses come, change and go.
 */
import type { Micros } from '../../../core/time.js';
import { createVirtualRouter, type Input } from '../../../core/vrrp/virtual-router.js';
import { isVirtualRouterMac } from '../../../core/wire/mac.js';
import { equalOctets } from '../../../core/wire/octets.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import type { Link } from '../../../platform/linux/rtnetlink.js';
import { addressKey } from '../address-key.js';
import type { VirtualMac, VirtualMacs } from '../answering/virtual-macs.js';
import type { Inventory } from '../inventory.js';
import type { Kernel } from '../kernel.js';
import { advertFrames } from './advert-frames.js';
import {
  type Binding,
  isActive,
  isAsConfigured,
  isReachable,
  isSucceeded,
  type Member,
  type Nic,
  routerConfig,
  text,
} from './member.js';
import type { NextHops } from './next-hops.js';
import { chooseNic, type NicChoice } from './nic-choice.js';
import { type Nics, routerKey } from './nics.js';
import { bound, isUnbound, standsByFor, unbound } from './phase.js';
import { signerOf } from './signing.js';
import { provenOnly } from './unproven.js';

type ChosenNic = NicChoice & { readonly ok: true };

/** How often at most somebody who switches a leader's virtual MAC off is contradicted. */
const raiseAgainAfter: Micros = 1_000_000;

export interface Bindings {
  /** Looks for the place of every group anew. Returns whether some group has none, could have another later, or needs another look. */
  place(now: Micros): boolean;
  /** Takes a group off its NIC. Its router must have let go before. */
  unbind(member: Member): void;
  /** An interface is gone: groups that lived on it, or had their virtual MAC there, start anew, should another have its index by now. */
  linkGone(index: number, now: Micros): void;
  /** The group's configuration was replaced in place. */
  reconfigured(member: Member): void;
  /**
   * Its virtual router ID was replaced as well. With virtual MACs the group has another interface then, which is down; `retire` ends
   * the one before.
   */
  renumbered(member: Member): { retire(): void };
  /** Whether another group has this group's NIC and an ID that it would have. */
  isTaken(member: Member, virtualRouterId: number): boolean;
  /** Names of the groups whose binding or problem changed since the last call. */
  changed(): readonly string[];
}

export function createBindings(o: {
  readonly kernel: Kernel;
  readonly inventory: Inventory;
  readonly nics: Nics;
  readonly virtualMacs: VirtualMacs;
  readonly nextHops: NextHops;
  readonly members: ReadonlyMap<string, Member>;
  readonly input: (member: Member, input: Input, now: Micros) => void;
  /** A leader's addresses answer with another MAC than before, or answer again. */
  readonly newMac: (member: Member) => void;
}): Bindings {
  const { inventory, nics, members } = o;
  const routeTo = (address: Uint8Array) => o.kernel.rtnetlink.routeTo(address)?.interfaceIndex;
  let changes = new Set<string>();
  const raisedAgainAt = new WeakMap<Member, Micros>();

  function setProblem(member: Member, problem: string | undefined): void {
    if (member.problem === problem) return;
    member.problem = problem;
    changes.add(member.config.name);
  }

  function placeOne(member: Member, virtual: ReadonlySet<string>, now: Micros): void {
    if (member.config.unfit !== undefined) {
      setProblem(member, member.config.unfit);
      return;
    }
    const standsBy = standsByFor(member.phase, now);
    if (standsBy !== undefined) {
      setProblem(member, standsBy);
      return;
    }
    const place = chooseNic(member.config, inventory, routeTo, virtual);
    if (!place.ok || (member.phase.binding !== undefined && member.phase.binding.nic.index !== place.link.index)) {
      if (member.phase.binding !== undefined) o.input(member, { type: 'link-down' }, now);
      unbind(member);
    }
    if (!place.ok) setProblem(member, place.problem);
    else if (member.phase.binding === undefined) bind(member, place, now);
    else adapt(member, place, now);
  }

  function bind(member: Member, place: ChosenNic, now: Micros): void {
    if (!isUnbound(member.phase)) return;
    const { link, source } = place;
    const { family, virtualRouterId } = member.config;
    const rival = nics.get(link.index)?.members.get(routerKey(family, virtualRouterId));
    if (rival !== undefined) {
      const problem = `virtual router ID ${virtualRouterId} is in use on ${link.name} by group ${rival.config.name}`;
      setProblem(member, `${problem}: give one of them another`);
      return;
    }
    const entered = enter(member, link);
    if (entered === undefined) return;
    provenOnly(member, link.index);
    const mac = entered.virtual?.mac ?? link.mac;
    const router = createVirtualRouter(routerConfig(member, source));
    const frames = framesOf(member, mac, link, source);
    member.phase = bound(member.phase, { ...entered, source, mac, router, frames });
    const ready = link.up && link.running;
    if (!ready) o.input(member, { type: 'link-down' }, now);
    start(member, place, now);
    changes.add(member.config.name);
  }

  function start(member: Member, place: ChosenNic, now: Micros): void {
    if (mayStart(member, now)) o.input(member, { type: 'startup' }, now);
    setProblem(member, problemOf(member, place, now));
  }

  function enter(member: Member, link: Link): Pick<Binding, 'nic' | 'virtual'> | undefined {
    let nic: Nic | undefined;
    try {
      nic = nics.enter(link, member);
      return { nic, virtual: member.config.virtualMac ? o.virtualMacs.open(link, member.config) : undefined };
    } catch (error) {
      if (nic !== undefined) nics.leave(nic, member);
      if (!(error instanceof LinuxError)) throw error;
      setProblem(member, error.message);
      return undefined;
    }
  }

  function adapt(member: Member, place: ChosenNic, now: Micros): void {
    const { link, source } = place;
    const current = member.phase.binding!;
    const { nic } = current;
    const moved = !equalOctets(current.source, source);
    const mac = current.virtual?.mac ?? link.mac;
    const macChanged = !equalOctets(current.mac, mac);
    if (moved || macChanged || nic.link.mtu !== link.mtu) {
      current.source = source;
      current.mac = mac;
      current.frames = framesOf(member, current.mac, link, source);
      changes.add(member.config.name);
    }
    if (moved) o.input(member, { type: 'configure', config: routerConfig(member, source) }, now);
    if (macChanged && isActive(member)) o.newMac(member);
    const ready = link.up && link.running;
    if (current.router.linkUp !== ready) o.input(member, { type: ready ? 'link-up' : 'link-down' }, now);
    start(member, place, now);
  }

  /**
   * Switches the interface of a leader on again, should somebody have switched it off: its IPv4 addresses stay on it then, answered by
   * nobody. Returns whether it is off, because that happened just now as well.
   */
  function keepUp(member: Member, now: Micros): boolean {
    const { binding } = member.phase;
    if (binding?.virtual === undefined || binding.router.state !== 'Active' || isSucceeded(binding.router))
      return false;
    if (inventory.link(binding.virtual.interfaceIndex)?.up !== false) return false;
    if (now < (raisedAgainAt.get(member) ?? 0) + raiseAgainAfter) return true;
    raisedAgainAt.set(member, now);
    binding.virtual.raise();
    o.newMac(member);
    return false;
  }

  function linkGone(index: number, now: Micros): void {
    for (const member of [...members.values()]) {
      const { binding } = member.phase;
      if (binding?.nic.index === index) member.provenOn = undefined;
      else if (binding?.virtual?.interfaceIndex !== index) continue;
      o.input(member, { type: 'link-down' }, now);
      unbind(member);
    }
  }

  function unbind(member: Member): void {
    if (member.phase.binding === undefined) return;
    nics.leave(member.phase.binding.nic, member);
    member.phase.binding.virtual?.close();
    member.phase = unbound(member.phase);
    changes.add(member.config.name);
  }

  function framesOf(member: Member, mac: Uint8Array, link: Link, source: Uint8Array): Binding['frames'] {
    const { config, formerIds, peerMacs, stamps } = member;
    if (config.transport === 'unicast') o.nextHops.want(link.index, config.peers);
    const heardOf = (peer: Uint8Array) => {
      const heard = peerMacs.get(addressKey(peer));
      return heard !== undefined && isVirtualRouterMac(heard) ? undefined : heard;
    };
    const macTowards = (peer: Uint8Array) => o.nextHops.macTowards(link.index, peer) ?? heardOf(peer);
    const signer = signerOf(config.authentication, stamps, o.kernel.utc);
    const sender = { mac, mtu: link.mtu, source, macTowards, signer };
    const ids = [config.virtualRouterId, ...formerIds.keys()];
    return new Map(
      ids.map((virtualRouterId) => [virtualRouterId, advertFrames({ ...config, virtualRouterId }, sender)]),
    );
  }

  /** Gives the group the MAC of its new ID and returns the one before, which goes on when there can be no other. */
  function newVirtualMac(member: Member, binding: Binding): VirtualMac | undefined {
    const before = binding.virtual;
    if (before === undefined) return undefined;
    try {
      binding.virtual = o.virtualMacs.open(binding.nic.link, member.config);
      binding.mac = binding.virtual.mac;
      return before;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      setProblem(member, error.message);
      return undefined;
    }
  }

  function reconfigured(member: Member): void {
    const { binding } = member.phase;
    if (binding === undefined) return;
    nics.renumbered(binding.nic, member);
    binding.frames = framesOf(member, binding.mac, binding.nic.link, binding.source);
  }

  return {
    place(now) {
      for (const nic of [...nics.all()]) if (!nic.socket.isBound()) linkGone(nic.index, now);
      const virtual = new Set<string>();
      for (const { config } of members.values())
        for (const address of config.addresses) virtual.add(addressKey(address));
      for (const member of [...members.values()]) if (member.phase.type !== 'leaving') placeOne(member, virtual, now);
      for (const nic of nics.all()) nic.link = inventory.link(nic.index) ?? nic.link;
      const off = [...members.values()].filter((member) => keepUp(member, now));
      return [...members.values()].some(
        (each) =>
          off.includes(each) ||
          (each.phase.binding === undefined && each.config.unfit === undefined) ||
          'canReach' in each.config.interface ||
          'subnetOf' in each.config.interface ||
          each.phase.binding?.router.life === 'new',
      );
    },
    unbind,
    linkGone,
    reconfigured,
    renumbered(member) {
      const before = member.phase.binding && newVirtualMac(member, member.phase.binding);
      reconfigured(member);
      return { retire: () => before?.close() };
    },
    isTaken(member, virtualRouterId) {
      const rival = member.phase.binding?.nic.members.get(routerKey(member.config.family, virtualRouterId));
      return rival !== undefined && rival !== member;
    },
    changed() {
      const names = [...changes];
      changes = new Set();
      return names;
    },
  };
}

function mayStart({ config, reachableFrom }: Member, now: Micros): boolean {
  return isReachable(config) && now >= reachableFrom;
}

/** What keeps a group that has its place from taking part, or from doing so as it should. */
function problemOf(member: Member, place: ChosenNic, now: Micros): string | undefined {
  const { link } = place;
  if (!link.up || !link.running) return `${link.name} is down`;
  if (mayStart(member, now)) return wrongAddress(member, place);
  return 'waits until the group says its address, which it has reported: by unicast the others reach it only then';
}

/** That the others expect this node's adverts from an address which it does not have: they take it for a stranger. */
function wrongAddress({ config }: Member, { link, source, usable }: ChosenNic): string | undefined {
  if (config.source === undefined || isAsConfigured(config, source)) return undefined;
  const { field, remedy } = config.sourceStands ?? { field: 'its address in the group', remedy: 'correct it' };
  const kind = config.family === 6 ? ' (IPv6 adverts come from a link-local address)' : '';
  return (
    `${link.name} does not have ${text(config.source)}, this node's address by ${field}: it has ${usable.map(text).join(', ')}${kind}. ` +
    `Adverts come from ${text(source)}, which the other members take for a stranger's: ${remedy}`
  );
}
