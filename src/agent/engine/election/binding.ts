/**
 * Binding groups to NICs, and keeping them there while interfaces and their addresses come, change and go.
 */
import type { Micros } from '../../../core/time.js';
import { createVirtualRouter } from '../../../core/vrrp/virtual-router.js';
import { isVirtualRouterMac } from '../../../core/wire/mac.js';
import { equalOctets } from '../../../core/wire/octets.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import type { Link } from '../../../platform/linux/rtnetlink.js';
import { addressKey } from '../address-key.js';
import { none } from '../answering/contract.js';
import type { VirtualMac, VirtualMacs } from '../answering/virtual-macs.js';
import type { Inventory } from '../inventory.js';
import type { Kernel } from '../kernel.js';
import type { GroupConfig } from '../messages.js';
import { inOrder, type Reason } from '../reasons.js';
import { advertFrames } from './advert-frames.js';
import { type ElectionEffect, linkDown, report } from './effects.js';
import { hinder, mayStart, whyKeptOut, whyNotAll, whyNotThere } from './hindrances.js';
import { type Binding, isSucceeded, type Member, type Nic, routerConfig } from './member.js';
import type { NextHops } from './next-hops.js';
import { type ChosenNic, chooseNic } from './nic-choice.js';
import { type Nics, routerKey } from './nics.js';
import { bound, isUnbound, unbound } from './phase.js';
import { signerOf } from './signing.js';
import { newSurvey, type Survey } from './survey.js';
import { provenOnly } from './unproven.js';
import { newVirtualAddresses, virtualKeys } from './virtual-addresses.js';

/** How often at most somebody who switches a leader's virtual MAC off is contradicted. */
const raiseAgainAfter: Micros = 1_000_000;

export interface Bindings {
  /** Groups whose NIC was deleted without a word start anew. To be performed before `place`. */
  lost(): readonly ElectionEffect[];
  /** Looks for the place of every group anew. */
  place(now: Micros): readonly ElectionEffect[];
  /** What is to be done once every group has its place; `again`: some group has none, could have another later, or needs another look. */
  settle(now: Micros): { readonly effects: readonly ElectionEffect[]; readonly again: boolean };
  /** Puts a group on a NIC. */
  bind(member: Member, place: ChosenNic, now: Micros): readonly ElectionEffect[];
  /** Takes a group off its NIC. Its router must have let go before. */
  unbind(member: Member): readonly ElectionEffect[];
  /** An interface is gone: groups that lived on it, or had their virtual MAC there, start anew, should another have its index by now. */
  linkGone(index: number): readonly ElectionEffect[];
  /** The group's configuration was replaced in place. */
  reconfigured(member: Member): void;
  /**
   * Its virtual router ID was replaced as well. With virtual MACs the group has another interface then, which is down. Returns the MAC
   * before, to be closed.
   */
  renumbered(member: Member): VirtualMac | undefined;
  /** Whether a group would be on the NIC that it is on, by what it is to say from now on. */
  staysOn(member: Member, config: GroupConfig): boolean;
  /** Whether another group has this group's NIC and an ID that it would have. */
  isTaken(member: Member, virtualRouterId: number): boolean;
}

export function createBindings(o: {
  readonly kernel: Kernel;
  readonly inventory: Inventory;
  readonly nics: Nics;
  readonly virtualMacs: VirtualMacs;
  readonly nextHops: NextHops;
  readonly members: ReadonlyMap<string, Member>;
}): Bindings {
  const { inventory, nics, members } = o;
  const routeTo = (address: Uint8Array) => o.kernel.rtnetlink.routeTo(address)?.interfaceIndex;
  const raisedAgainAt = new WeakMap<Member, Micros>();
  const virtualAddresses = newVirtualAddresses();

  function placeOne(member: Member, survey: Survey, now: Micros): readonly ElectionEffect[] {
    const place = chooseNic(member.config, survey);
    const keptOut = whyKeptOut(member, now);
    if (keptOut.length > 0) {
      const rival = place.ok ? rivalOf(member, place.link) : undefined;
      return hinder(member, [...keptOut, ...whyNotThere(member, place, rival)]);
    }
    const { binding } = member.phase;
    if (!place.ok) return [...leaveNic(member), ...hinder(member, place.reasons)];
    if (binding?.nic.index === place.link.index) return adapt(member, binding, place, now);
    return [...leaveNic(member), { type: 'bind', member, place }];
  }

  function leaveNic(member: Member): readonly ElectionEffect[] {
    return member.phase.binding === undefined ? none : [linkDown(member), { type: 'unbind', member }];
  }

  function bind(member: Member, place: ChosenNic, now: Micros): readonly ElectionEffect[] {
    if (!isUnbound(member.phase)) return none;
    const { link, source } = place;
    const rival = rivalOf(member, link);
    if (rival !== undefined) return hinder(member, whyNotThere(member, place, rival));
    const entered = enter(member, link);
    if ('message' in entered) return hinder(member, [entered, ...whyNotThere(member, place, undefined)]);
    provenOnly(member, link.index);
    const mac = entered.virtual?.mac ?? link.mac;
    const router = createVirtualRouter(routerConfig(member, source));
    const frames = framesOf(member, mac, link, source);
    member.phase = bound(member.phase, { ...entered, source, mac, router, frames });
    const ready = link.up && link.running;
    return [...(ready ? none : [linkDown(member)]), ...start(member, place, now), report(member)];
  }

  function start(member: Member, place: ChosenNic, now: Micros): readonly ElectionEffect[] {
    const said = hinder(member, whyNotAll(member, place, now));
    return mayStart(member, now) ? [{ type: 'input', member, input: { type: 'startup' } }, ...said] : said;
  }

  /** Another group that has its ID there. */
  function rivalOf(member: Member, link: Link): Member | undefined {
    const { family, virtualRouterId } = member.config;
    const there = nics.get(link.index)?.members.get(routerKey(family, virtualRouterId));
    return there === member ? undefined : there;
  }

  function enter(member: Member, link: Link): Pick<Binding, 'nic' | 'virtual'> | Reason {
    let nic: Nic | undefined;
    try {
      nic = nics.enter(link, member);
      return { nic, virtual: member.config.virtualMac ? o.virtualMacs.open(link, member.config) : undefined };
    } catch (error) {
      if (nic !== undefined) nics.leave(nic, member);
      if (!(error instanceof LinuxError)) throw error;
      return { type: nic === undefined ? 'SocketRefused' : 'VirtualMacRefused', message: error.message };
    }
  }

  function adapt(member: Member, current: Binding, place: ChosenNic, now: Micros): readonly ElectionEffect[] {
    const { link, source } = place;
    const { nic } = current;
    const effects: ElectionEffect[] = [];
    const moved = !equalOctets(current.source, source);
    const mac = current.virtual?.mac ?? link.mac;
    const macChanged = !equalOctets(current.mac, mac);
    if (moved || macChanged || nic.link.mtu !== link.mtu) {
      current.source = source;
      current.mac = mac;
      current.frames = framesOf(member, current.mac, link, source);
      effects.push(report(member));
    }
    if (moved) effects.push({ type: 'configure', member, handOver: false });
    if (macChanged) effects.push({ type: 'announce-anew', member });
    const ready = link.up && link.running;
    if (current.router.linkUp !== ready)
      effects.push({ type: 'input', member, input: { type: ready ? 'link-up' : 'link-down' } });
    effects.push(...start(member, place, now));
    return effects;
  }

  /** Whether somebody has switched off the interface of a leader: its IPv4 addresses stay on it then, answered by nobody. */
  function isSwitchedOff({ phase: { binding } }: Member): boolean {
    if (binding?.virtual === undefined || binding.router.state !== 'Active' || isSucceeded(binding.router))
      return false;
    return inventory.link(binding.virtual.interfaceIndex)?.up === false;
  }

  function mayRaiseAgain(member: Member, now: Micros): boolean {
    return now >= (raisedAgainAt.get(member) ?? 0) + raiseAgainAfter;
  }

  function raiseAgain(member: Member, now: Micros): ElectionEffect {
    raisedAgainAt.set(member, now);
    member.phase.binding?.virtual?.raise();
    return { type: 'announce-anew', member };
  }

  function linkGone(index: number): readonly ElectionEffect[] {
    const effects: ElectionEffect[] = [];
    for (const member of members.values()) {
      const { binding } = member.phase;
      if (binding?.nic.index === index) member.provenOn = undefined;
      else if (binding?.virtual?.interfaceIndex !== index) continue;
      effects.push(...leaveNic(member));
    }
    return effects;
  }

  function unbind(member: Member): readonly ElectionEffect[] {
    if (member.phase.binding === undefined) return none;
    nics.leave(member.phase.binding.nic, member);
    member.phase.binding.virtual?.close();
    member.phase = unbound(member.phase);
    return [report(member)];
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
      member.hindrances = inOrder([...member.hindrances, { type: 'VirtualMacRefused', message: error.message }]);
      return undefined;
    }
  }

  function reconfigured(member: Member): void {
    const { binding } = member.phase;
    if (binding === undefined) return;
    nics.renumbered(binding.nic, member);
    binding.frames = framesOf(member, binding.mac, binding.nic.link, binding.source);
  }

  function survey(): Survey {
    return newSurvey({ inventory, routeTo, virtual: virtualKeys(virtualAddresses, members.values()) });
  }

  return {
    lost: () => [...nics.all()].flatMap((nic) => (nic.socket.isBound() ? none : linkGone(nic.index))),
    place(now) {
      const surveyed = survey();
      return [...members.values()].flatMap((member) =>
        member.phase.type === 'leaving' ? none : placeOne(member, surveyed, now),
      );
    },
    settle(now) {
      for (const nic of nics.all()) nic.link = inventory.link(nic.index) ?? nic.link;
      const off = [...members.values()].filter(isSwitchedOff);
      const raised = off.filter((member) => mayRaiseAgain(member, now));
      const again = off.length > raised.length || [...members.values()].some(needsAnotherLook);
      return { effects: raised.map((member) => raiseAgain(member, now)), again };
    },
    bind,
    unbind,
    linkGone,
    reconfigured,
    renumbered(member) {
      const before = member.phase.binding && newVirtualMac(member, member.phase.binding);
      reconfigured(member);
      return before;
    },
    staysOn(member, config) {
      const place = chooseNic(config, survey());
      return place.ok && place.link.index === member.phase.binding?.nic.index;
    },
    isTaken(member, virtualRouterId) {
      const rival = member.phase.binding?.nic.members.get(routerKey(member.config.family, virtualRouterId));
      return rival !== undefined && rival !== member;
    },
  };
}

/** It has no NIC, or could have another one later of which no event tells; or it waits for something. */
function needsAnotherLook({ config, phase: { binding } }: Member): boolean {
  if ('canReach' in config.interface || 'subnetOf' in config.interface) return true;
  return binding === undefined || binding.router.life === 'new';
}
