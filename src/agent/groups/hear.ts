/** What the engine says goes to the log, the status, hooks, and whoever asks. */
import { closeSync } from 'node:fs';
import type {
  EngineEvent,
  EngineFigures,
  EngineReport,
  MemberReport,
  Sighting,
  Transition,
} from '../engine/messages.js';
import { rememberedOf } from '../history/remembered.js';
import { removeSpentInterface } from '../spent-interface.js';
import { withSuspect } from '../status/sightings.js';
import type { GroupsState } from './state.js';

/** Takes in what the engine says, from its first word on. */
export function hear(state: GroupsState, event: EngineEvent): void {
  const { log } = state;
  switch (event.type) {
    case 'started':
      state.scheduling = event.scheduling;
      log.info('engine started', event.scheduling);
      break;
    case 'scheduling':
      state.scheduling = event.scheduling;
      break;
    case 'log':
      log[event.level](event.message, event.fields);
      break;
    case 'spent-interface':
      removeSpentInterface(event, log);
      break;
    case 'spent-socket':
      closeSync(event.fd);
      break;
    case 'sighting':
      hearSighting(state, event);
      break;
    case 'transition':
      state.memberLog.transition(event);
      hearTransition(state, event);
      break;
    case 'leader':
    case 'leader-silent':
      state.draining.hear(event);
      break;
    case 'member':
      hearMember(state, event);
  }
}

/** With what is seen on the LAN, which only the conditions of a VipGroup's status would show otherwise. */
export function withNotes(state: GroupsState, report: EngineReport): EngineReport {
  const { applied, sightings } = state;
  const members = report.members.map((member) => {
    const part = applied.get(member.group);
    const notes = part === undefined ? [] : sightings.notes(member, part.group);
    return notes.length === 0 ? member : { ...member, message: [member.message, ...notes].filter(Boolean).join('; ') };
  });
  return { ...withScheduling(state, report), members };
}

export function withScheduling<T extends EngineReport | EngineFigures>({ scheduling }: GroupsState, said: T): T {
  return scheduling === undefined ? said : { ...said, scheduling };
}

function hearTransition({ history, status, applied }: GroupsState, transition: Transition): void {
  const remembered = rememberedOf(transition);
  history.remember(remembered);
  status()?.transition(remembered, applied.has(remembered.group));
}

function hearSighting({ applied, node, sightings, status }: GroupsState, heard: Sighting): void {
  const part = applied.get(heard.group);
  const sighting = part === undefined ? heard : withSuspect(heard, part.group, node, part.file);
  sightings.hear(sighting);
  // A node that leaves a group hears those who take over, and has said its last word.
  if (part !== undefined) status()?.sighting(sighting);
}

function hearMember(state: GroupsState, report: MemberReport): void {
  const { applied, memberLog, memberNotes, findings, surroundings, hooks } = state;
  const isMember = applied.has(report.group);
  memberLog.report(report);
  if (isMember) {
    memberNotes.report(report);
    findings.again(report.group); // connections are judged before the engine has reported a group
  } else {
    memberLog.forget(report.group);
  }
  surroundings.report(report);
  hooks.hear(report, isMember);
}
