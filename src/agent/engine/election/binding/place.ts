/** Finds the place of every group, and keeps it there while interfaces and their addresses come, change and go. */
import type { Micros } from '../../../../core/time.js';
import { equalOctets } from '../../../../core/wire/octets.js';
import { none } from '../../answering/contract.js';
import { type ElectionEffect, linkDown, report } from '../effects.js';
import { hinder, whyKeptOut, whyNotThere } from '../hindrances.js';
import type { Binding, Member } from '../member.js';
import { type ChosenNic, chooseNic } from '../nic-choice.js';
import type { Survey } from '../survey.js';
import { start } from './bind.js';
import { framesOf } from './frames.js';
import { type BindingState, rivalOf, surveyNow } from './state.js';

/** Looks for the place of every group anew. */
export function placeAll(b: BindingState, now: Micros): readonly ElectionEffect[] {
  const survey = surveyNow(b);
  return [...b.members.values()].flatMap((member) =>
    member.phase.type === 'leaving' ? none : place(b, member, survey, now),
  );
}

function place(b: BindingState, member: Member, survey: Survey, now: Micros): readonly ElectionEffect[] {
  const chosen = chooseNic(member.config, survey);
  const keptOut = whyKeptOut(member, now);
  if (keptOut.length > 0) {
    const rival = chosen.ok ? rivalOf(b, member, chosen.link) : undefined;
    return hinder(member, [...keptOut, ...whyNotThere(member, chosen, rival)]);
  }
  const { binding } = member.phase;
  if (!chosen.ok) return [...leaveNic(member), ...hinder(member, chosen.reasons)];
  if (binding?.nic.index === chosen.link.index) return adapt(b, member, binding, chosen, now);
  return [...leaveNic(member), { type: 'bind', member, place: chosen }];
}

function leaveNic(member: Member): readonly ElectionEffect[] {
  return member.phase.binding === undefined ? none : [linkDown(member), { type: 'unbind', member }];
}

/** The group stays on its NIC, of which something may be other than before. */
function adapt(
  b: BindingState,
  member: Member,
  current: Binding,
  chosen: ChosenNic,
  now: Micros,
): readonly ElectionEffect[] {
  const { link, source } = chosen;
  const effects: ElectionEffect[] = [];
  const moved = !equalOctets(current.source, source);
  const mac = current.virtual?.mac ?? link.mac;
  const macChanged = !equalOctets(current.mac, mac);
  if (moved || macChanged || current.nic.link.mtu !== link.mtu) {
    current.source = source;
    current.mac = mac;
    current.frames = framesOf(b, member, current.mac, link, source);
    effects.push(report(member));
  }
  if (moved) effects.push({ type: 'configure', member, handOver: false });
  if (macChanged) effects.push({ type: 'announce-anew', member });
  const ready = link.up && link.running;
  if (current.router.linkUp !== ready)
    effects.push({ type: 'input', member, input: { type: ready ? 'link-up' : 'link-down' } });
  effects.push(...start(member, chosen, now));
  return effects;
}

/** Groups whose NIC was deleted without a word start anew. */
export function lost(b: BindingState): readonly ElectionEffect[] {
  return [...b.nics.all()].flatMap((nic) => (nic.socket.isBound() ? none : linkGone(b, nic.index)));
}

/** An interface is gone: groups that lived on it, or had their virtual MAC there, start anew, should another have its index by now. */
export function linkGone({ members }: BindingState, index: number): readonly ElectionEffect[] {
  const effects: ElectionEffect[] = [];
  for (const member of members.values()) {
    const { binding } = member.phase;
    if (binding?.nic.index === index) member.provenOn = undefined;
    else if (binding?.virtual?.interfaceIndex !== index) continue;
    effects.push(...leaveNic(member));
  }
  return effects;
}
