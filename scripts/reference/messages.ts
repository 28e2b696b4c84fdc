// Owns: the page of conditions and reasons.
import { reasonTypes } from '../../src/agent/engine/reasons.js';
import { conditionReasons, conditionTypes, faultReasons } from '../../src/agent/status/member-status.js';
import { conditionType as followsOrigin } from '../../src/controller/context/following.js';
import { addressAllocated } from '../../src/controller/services/condition.js';
import { code, page, table, wrapped } from './markdown.js';
import { remedyOf } from './remedies.js';
import { saidReasons } from './said-reasons.js';
import { sessionProblems } from './session-problems.js';
import { type Source, sourcesIn } from './sources.js';

const at = (heading: string) => `[${heading}](../troubleshooting.md#${anchorOf(heading)})`;
const noAddress = at('A Service gets no address');
const silentAddress = at('It has an address that does not answer');
const poolWrong = at('A pool is not as it should be');
const noSession = at('A router has no session');

/** Condition, the kinds that have it, what it says, and what to do when it is not as it should be. */
export const conditions: readonly (readonly [string, string, string, string])[] = [
  [
    addressAllocated,
    'Service',
    'False while it waits for an address, with the reason; it goes when there is nothing to wait for',
    noAddress,
  ],
  ['Ready', 'Eip', 'whether addresses are given out of it', poolWrong],
  ['Announced', 'Eip', 'whether its addresses are announced, or why not', poolWrong],
  [
    'Complete',
    'Eip',
    'False where `status.used` lists only the first addresses',
    'nothing: the count beside it is whole; `openelb-vip status` lists all',
  ],
  ['Held', 'VipGroup', 'False or Unknown while nobody announces the addresses, or nobody knows', silentAddress],
  [
    'Valid',
    'VipGroup',
    'False when the object is wrong, so that what it said before goes on',
    'correct what the message names; [openelb-vip check](../command-line.md) says the same before it is applied',
  ],
  ['Configured', 'BgpConf, BgpPeer', 'whether nodes can speak by it', noSession],
  ['Established', 'BgpPeer', 'whether the nodes that are to have a session have one', noSession],
  [
    followsOrigin,
    'Eip, BgpConf, BgpPeer',
    "of one that is made from MetalLB's objects: whether it is what its origin says",
    at("It is made from one of MetalLB's objects"),
  ],
  [
    'AuthenticationKeyProblem',
    'VipGroup',
    'a member lacks a key that adverts are signed with',
    'put the key on the node that the message names ([authentication](../authentication.md))',
  ],
  ...Object.entries({
    VirtualRouterIdConflict: 'a router that is no member sends adverts of its virtual router ID',
    DuplicateNode: 'two machines take themselves for one member',
    AddressConflict: 'another host claims an address that is held',
    AuthenticationFailed: 'adverts came whose signature does not hold',
    SettingsDiffer: "a member's adverts are not as the group says",
  }).map(([type, meaning]) => [type, 'VipGroup', meaning, at('Somebody else on the LAN')] as const),
  [
    'KernelAnswers',
    'VipGroup',
    "a node's kernel answers for addresses, whoever leads",
    at('A group is led by the wrong node, or by two'),
  ],
  [
    'KernelSilent',
    'VipGroup',
    "the leader's kernel does not answer for them",
    at('A group is led by the wrong node, or by two'),
  ],
  [
    'OutsideSubnet',
    'VipGroup',
    'addresses are in no subnet of the NIC, or in that of another',
    at('A group is led by the wrong node, or by two'),
  ],
];

/** Who says what a folder of the source says. */
const speakers: readonly (readonly [string, string])[] = [
  ['src/core/ipam/', 'Service'],
  ['src/controller/services/', 'Service'],
  ['src/controller/eips/', 'Eip'],
  ['src/controller/cache/', 'Eip'],
  ['src/controller/bgp/', 'BgpPeer, BgpConf'],
  ['src/controller/metallb/', "what is made of MetalLB's objects"],
  ['src/controller/context/', "what is made of MetalLB's objects"],
  ['src/controller/routers/', 'Service, Eip, BgpPeer'],
  ['src/controller/standing/', 'Service, Eip, VipGroup'],
  ['src/controller/events/', 'Service, VipGroup'],
  ['src/controller/', 'Eip, VipGroup'],
  ['src/agent/bgp/', 'BgpPeer'],
  ['src/agent/engine/routing/', 'BgpPeer'],
  ['src/agent/engine/bfd/', 'BgpPeer'],
  ['src/api/bgp', 'BgpPeer'],
  ['src/agent/', 'VipGroup'],
];

/** Throws for a condition or a reason that the source has and no table here or no page explains. */
export function messagesPage(): string {
  const unexplained = unexplainedCondition(sourcesIn('src'));
  if (unexplained !== undefined)
    throw new Error(`the condition ${unexplained} is not in scripts/reference/messages.ts: add what it says`);
  const problems = sessionProblems();
  return page('Conditions and reasons', [
    wrapped('What objects say of themselves: `kubectl describe` shows it. Events have the same reasons as conditions.'),
    '## Conditions',
    table(
      ['condition', 'of', 'what it says', 'when it is not as it should be'],
      conditions.map(([type, of, meaning, remedy]) => [code(type), of, meaning, remedy]),
    ),
    '## Reasons',
    wrapped(
      'Of conditions, of Events and of members of a group. Each message names the thing, the place and the remedy; here is what lies behind.',
    ),
    table(['reason', 'said of', 'what is behind it, what to do', 'more'], reasonRows()),
    '## Problems of a session with a router',
    wrapped(
      'What a node says in `BgpPeer.status.nodes[].problem`, and `openelb-vip status` in the column PROBLEM; the message has the remedy. … stands for what varies.',
    ),
    table(
      ['reason', 'message'],
      problems.map(({ reason, message }) => [code(reason), message ?? remedyOf(reason)?.text ?? 'as the message says']),
    ),
  ]);
}

/** Reason, of what it is said, what is behind it and what to do, and where more stands. Throws as {@link messagesPage}. */
export function reasonRows(): readonly (readonly string[])[] {
  const ofSessions = new Set(sessionProblems().map(({ reason }) => reason));
  const found = new Map(
    [...saidReasons(['src/core/ipam', 'src/controller', 'src/agent'])].filter(([reason]) => !isOfSession(reason)),
  );
  for (const reason of [...reasonTypes, ...Object.values(conditionReasons), ...Object.values(faultReasons)])
    if (!found.has(reason)) found.set(reason, ['src/agent/status/member-status.ts']);
  function isOfSession(reason: string): boolean {
    return ofSessions.has(reason) && remedyOf(reason) === undefined;
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, paths]) => row(reason, paths));
}

function row(reason: string, paths: readonly string[]): readonly string[] {
  const remedy = remedyOf(reason);
  if (remedy === undefined)
    throw new Error(`${paths[0]} says ${reason}, which no page explains: give it a row in docs/troubleshooting.md`);
  const of = paths.flatMap((path) => {
    const kinds = speakers.find(([folder]) => path.startsWith(folder))?.[1];
    if (kinds === undefined)
      throw new Error(`${path} says ${reason}: scripts/reference/messages.ts does not know of which kind`);
    return kinds.split(', ');
  });
  const more = `[${remedy.heading}](../${remedy.page}#${anchorOf(remedy.heading)})`;
  return [code(reason), [...new Set(of)].sort().join(', '), remedy.text, more];
}

/** As GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** A condition that is said in one of the forms of the source and that no table here has; undefined when there is none. */
export function unexplainedCondition(sources: readonly Source[]): string | undefined {
  const forms = [
    /\btype: '([A-Z][A-Za-z]+)'(?: as const)?,\s*status\b/g,
    /^(?:export )?const (?:type|heldType|conditionType) = '([A-Z][A-Za-z/.]+)'/gm,
    /readonly type: '([A-Z]\w+)'(?: \| '([A-Z]\w+)')?(?: \| '([A-Z]\w+)')?;\n\s*readonly reason/g,
  ];
  const said = sources.flatMap(({ text }) =>
    forms.flatMap((form) =>
      [...text.matchAll(form)].flatMap(([, ...types]) => types.filter((type) => type !== undefined)),
    ),
  );
  const known = new Set(['Normal', 'Warning', ...conditions.map(([type]) => type)]);
  return [...said, ...Object.values(conditionTypes)].find((type) => !known.has(type));
}
