/** Puts groups on NICs, and takes them off. */
import type { Micros } from '../../../../core/time.js';
import { createVirtualRouter } from '../../../../core/vrrp/virtual-router.js';
import { LinuxError } from '../../../../platform/linux/errno.js';
import type { Link } from '../../../../platform/linux/rtnetlink.js';
import { none } from '../../answering/contract.js';
import type { Reason } from '../../reasons.js';
import { type ElectionEffect, linkDown, report } from '../effects.js';
import { hinder, mayStart, whyNotAll, whyNotThere } from '../hindrances.js';
import { type Binding, type Member, type Nic, routerConfig } from '../member.js';
import type { ChosenNic } from '../nic-choice.js';
import { bound, isUnbound, unbound } from '../phase.js';
import { provenOnly } from '../unproven.js';
import { framesOf } from './frames.js';
import { type BindingState, rivalOf } from './state.js';

/** Puts a group on a NIC. */
export function bind(b: BindingState, member: Member, place: ChosenNic, now: Micros): readonly ElectionEffect[] {
  if (!isUnbound(member.phase)) return none;
  const { link, source } = place;
  const rival = rivalOf(b, member, link);
  if (rival !== undefined) return hinder(member, whyNotThere(member, place, rival));
  const entered = enter(b, member, link);
  if ('message' in entered) return hinder(member, [entered, ...whyNotThere(member, place, undefined)]);
  provenOnly(member, link.index);
  const mac = entered.virtual?.mac ?? link.mac;
  const router = createVirtualRouter(routerConfig(member, source));
  const frames = framesOf(b, member, mac, link, source);
  member.phase = bound(member.phase, { ...entered, source, mac, router, frames });
  const ready = link.up && link.running;
  return [...(ready ? none : [linkDown(member)]), ...start(member, place, now), report(member)];
}

function enter(
  { nics, virtualMacs }: BindingState,
  member: Member,
  link: Link,
): Pick<Binding, 'nic' | 'virtual'> | Reason {
  let nic: Nic | undefined;
  try {
    nic = nics.enter(link, member);
    return { nic, virtual: member.config.virtualMac ? virtualMacs.open(link, member.config) : undefined };
  } catch (error) {
    if (nic !== undefined) nics.leave(nic, member);
    if (!(error instanceof LinuxError)) throw error;
    return { type: nic === undefined ? 'SocketRefused' : 'VirtualMacRefused', message: error.message };
  }
}

/** Its router takes part from now on, unless it has to wait; says what it has to do without. */
export function start(member: Member, place: ChosenNic, now: Micros): readonly ElectionEffect[] {
  const said = hinder(member, whyNotAll(member, place, now));
  return mayStart(member, now) ? [{ type: 'input', member, input: { type: 'startup' } }, ...said] : said;
}

/** Takes a group off its NIC. Its router must have let go before. */
export function unbind({ nics }: BindingState, member: Member): readonly ElectionEffect[] {
  const { binding } = member.phase;
  if (binding === undefined) return none;
  nics.leave(binding.nic, member);
  binding.virtual?.close();
  member.phase = unbound(member.phase);
  return [report(member)];
}
