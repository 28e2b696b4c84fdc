/** What keeps a group from taking part on this node, or from doing so as it should: all of it, not only what is in the way first. */
import type { Micros } from '../../../core/time.js';
import { none } from '../answering/contract.js';
import { inOrder, type Reason, sameReasons } from '../reasons.js';
import { type ElectionEffect, report } from './effects.js';
import { isAsConfigured, isReachable, type Member, text } from './member.js';
import { type ChosenNic, type NicChoice, whyDown } from './nic-choice.js';
import { standsByFor } from './phase.js';

/** These hinder the group from now on, and nothing else. */
export function hinder(member: Member, reasons: readonly Reason[]): readonly ElectionEffect[] {
  const now = inOrder(reasons);
  if (sameReasons(member.hindrances, now)) return none;
  member.hindrances = now;
  return [report(member)];
}

/** What keeps it out whatever its NIC is. */
export function whyKeptOut({ config, phase }: Member, now: Micros): readonly Reason[] {
  const standsBy = standsByFor(phase, now);
  return [
    ...(config.unfit ?? []),
    ...(standsBy === undefined ? [] : [{ type: 'AddressesRefused' as const, message: standsBy }]),
  ];
}

/** What will be in its way where it is to live, should nothing else keep it out. @param rival the group that has its ID there */
export function whyNotThere(member: Member, place: NicChoice, rival: Member | undefined): readonly Reason[] {
  return place.ok ? [...idInUse(member, place, rival), ...aboutNic(member, place)] : place.reasons;
}

/** What keeps a group that has its place from taking part, or from doing so as it should. */
export function whyNotAll(member: Member, place: ChosenNic, now: Micros): readonly Reason[] {
  return [...(mayStart(member, now) ? [] : [addressPending]), ...aboutNic(member, place)];
}

export function mayStart({ config, reachableFrom }: Member, now: Micros): boolean {
  return isReachable(config) && now >= reachableFrom;
}

function aboutNic(member: Member, place: ChosenNic): readonly Reason[] {
  return [...whyDown(place.link), ...addressMismatch(member, place)];
}

function idInUse({ config }: Member, { link }: ChosenNic, rival: Member | undefined): readonly Reason[] {
  if (rival === undefined) return [];
  const taken = `virtual router ID ${config.virtualRouterId} is in use on ${link.name} by group ${rival.config.name}`;
  return [{ type: 'VirtualRouterIdInUse', message: `${taken}: give one of them another` }];
}

const addressPending: Reason = {
  type: 'AddressPending',
  message: 'waits until the group says its address, which it has reported: by unicast the others reach it only then',
};

/** That the others expect this node's adverts from an address which it does not have: they take it for a stranger. */
function addressMismatch({ config }: Member, { link, source, usable }: ChosenNic): readonly Reason[] {
  if (config.source === undefined || isAsConfigured(config, source)) return [];
  const { field, remedy } = config.sourceStands ?? { field: 'its address in the group', remedy: 'correct it' };
  const kind = config.family === 6 ? ' (IPv6 adverts come from a link-local address)' : '';
  const message =
    `${link.name} does not have ${text(config.source)}, this node's address by ${field}: it has ${usable.map(text).join(', ')}${kind}. ` +
    `Adverts come from ${text(source)}, which the other members take for a stranger's: ${remedy}`;
  return [{ type: 'AddressMismatch', message }];
}
