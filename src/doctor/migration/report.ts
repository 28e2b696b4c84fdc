/** What the check comes to, for people. Pure. */

import { protocolOf } from '../../api/eip.js';
import { table } from '../../cli/table.js';
import { keyOf } from '../../controller/metallb/plan.js';
import { afterwards } from './afterwards.js';
import { programsOf, strictArpProblem } from './programs.js';
import type { Seen } from './read.js';
import { type Fate, fatesOf } from './services.js';

export interface Report {
  readonly fates: readonly Fate[];
  /** What has to be done before, or an address is lost or stays silent. */
  readonly first: readonly string[];
  /** What will not be as it was. */
  readonly differences: readonly string[];
  /** How things stand. */
  readonly notes: readonly string[];
}

/** @param nowMs milliseconds since 1970 */
export function reportOf(seen: Seen, nowMs: number): Report {
  const then = afterwards(seen, new Date(nowMs).toISOString());
  const fates = fatesOf(seen, then, nowMs);
  const { speakers, controllerRuns, isSeen } = programsOf(seen);
  const said = (asBefore: boolean) => [
    ...new Set(
      then.findings.flatMap((each) =>
        (each.asBefore === true) === asBefore ? [`${each.object}: ${each.message}`] : [],
      ),
    ),
  ];
  const edited = [...then.plan.following].flatMap(([key, { status, message }]) =>
    status === 'False' ? [`${key}: ${message}`] : [],
  );
  const strictArp = then.eips.some((eip) => protocolOf(eip) !== 'bgp') ? strictArpProblem(seen.kubeProxy) : undefined;
  const first = [
    ...then.unread.flatMap(({ why, absent }) => (absent === true ? [] : [why])),
    ...fates.flatMap(firstOf),
    ...(strictArp === undefined ? [] : [strictArp]),
    ...(controllerRuns && !isSeen ? [unseenText(seen.metallbNamespace)] : []),
    ...(speakers.length > 0 && !controllerRuns ? [orphanedText(speakers)] : []),
  ];
  const wanted = then.plan.actions.length;
  const notes = [
    ...(seen.metallb.found.length === 0
      ? [`there is no object of MetalLB's in namespace ${seen.metallbNamespace}`]
      : []),
    ...(controllerRuns && isSeen
      ? ["MetalLB's controller runs: until it is stopped, its Services are left to it, and no new BgpPeer is made"]
      : []),
    ...(speakers.length > 0 && controllerRuns
      ? [`speakers run on ${speakers.join(', ')}: stop its controller first, and then them`]
      : []),
    ...(speakers.length === 0 && !controllerRuns ? ['nothing of MetalLB runs'] : []),
    wanted === 0
      ? 'of its objects nothing is to be made that is not there'
      : `to be done by the controller: ${then.plan.actions.map(actionText).join(', ')}`,
  ];
  return {
    fates,
    first,
    differences: [...said(false), ...edited],
    notes: [...notes, ...fates.flatMap(silentOf), ...said(true)],
  };
}

function actionText(action: ReturnType<typeof afterwards>['plan']['actions'][number]): string {
  const verbs = { create: 'make', write: 'change', remove: 'delete' } as const;
  return `${verbs[action.do]} ${keyOf(action.do === 'create' ? action.wanted : action.existing)}`;
}

function firstOf({ service, addresses, outcome, how, silence }: Fate): readonly string[] {
  const at = addresses.join(', ');
  if (outcome === 'changes') return [`Service ${service} does not keep ${at}: ${how}`];
  if (outcome === 'left' && addresses.length > 0) return [`Service ${service} is not taken over, with ${at}: ${how}`];
  return silence === 'new' && addresses.length > 0 ? [`Service ${service}: nobody will announce ${at}: ${how}`] : [];
}

function silentOf({ service, addresses, outcome, how, silence }: Fate): readonly string[] {
  if (silence !== 'asBefore' || outcome !== 'keeps') return [];
  return [`Service ${service}: nobody announces ${addresses.join(', ')}, neither MetalLB nor then: ${how}`];
}

function unseenText(namespace: string): string {
  return `MetalLB's controller runs, but Service ${namespace}/metallb-webhook-service has no endpoint, by which our controller would see that: stop MetalLB before --metallb-objects is set`;
}

function orphanedText(speakers: readonly string[]): string {
  return `speakers run on ${speakers.join(', ')} without MetalLB's controller: with --metallb-objects their Services are taken over, and an address changes hands when no speaker answers for it any more. Stop the speakers`;
}

/** 0: all stays as it is. 1: something has to be done first. 3: nothing is lost, but not all will be as it was. */
export function exitCodeOf({ first, differences }: Pick<Report, 'first' | 'differences'>): 0 | 1 | 3 {
  if (first.length > 0) return 1;
  return differences.length > 0 ? 3 : 0;
}

export function reportText({ fates, first, differences, notes }: Report): string {
  const rows = fates.map(({ service, addresses, outcome, how }) => [
    service,
    addresses.join(',') || '<none>',
    outcome,
    how,
  ]);
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `- ${line}\n`).join('')}`;
  return [
    rows.length === 0
      ? 'There is no Service of type LoadBalancer.\n'
      : table(['SERVICE', 'ADDRESSES', 'OUTCOME', 'HOW'], rows),
    section('To be done first:', first),
    section('Not as it was:', differences),
    section('How things stand:', notes),
  ].join('');
}
