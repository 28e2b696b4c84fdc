/** Everything that is wrong in some manifests: pure. */
import { bgpConfName } from '../api/bgp-conf.js';
import { fields } from '../convert/document.js';
import { errors, type Finding, type Verdict } from './finding.js';
import { type Around, judgeForAgent, judgeForCluster, kindOf } from './judge.js';
import { type Contents, objectsIn, type Placed, type Unreadable } from './objects.js';
import { judgeService, type Market, newMarket } from './services.js';
import { type Judged, togetherFindings } from './together.js';

export interface CheckOptions {
  /** The files are those of an agent without Kubernetes. */
  readonly forAgent: boolean;
  /** The controller runs with `--all-services`. */
  readonly allServices: boolean;
}

export interface Checked {
  /** By file, in the order in which they were given, and by line. */
  readonly findings: readonly Finding[];
  readonly unreadable: readonly Unreadable[];
  /** How many objects were judged, and how many are none of ours. */
  readonly objects: number;
  readonly others: number;
}

/** More than any cluster has of ours; beyond it nothing is judged, so that no input takes long. */
export const mostObjects = 20_000;

export function check(files: readonly { readonly file: string; readonly text: string }[], o: CheckOptions): Checked {
  const contents = files.map(({ file, text }) => objectsIn(text, file));
  const placed = contents.flatMap(({ objects }) => objects);
  const unreadable = contents.flatMap((each) => each.unreadable);
  if (placed.length > mostObjects) {
    const message = `is one of several files with ${placed.length} objects: at most ${mostObjects} are checked at a time`;
    return {
      findings: [],
      unreadable: [...unreadable, { file: placed[0]!.file, line: 1, message }],
      objects: 0,
      others: 0,
    };
  }
  const judged = placed.map((each): Judged => ({ ...each, kind: kindOf(each.value).kind }));
  const around = surroundings(judged);
  const eips = judged.filter(({ kind }) => kind === 'Eip').map(({ value }) => value);
  const market = newMarket(eips, o.allServices);
  const findings = [
    ...(o.forAgent ? emptyFiles(contents, files) : []),
    ...judged.flatMap((each) =>
      placedFindings(each, o.forAgent ? ofAgent(each, around) : ofCluster(each, around, market)),
    ),
    ...togetherFindings(judged),
  ];
  const order = new Map(files.map(({ file }, at) => [file, at]));
  return {
    findings: findings.sort((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line),
    unreadable,
    objects: judged.filter(({ kind }) => kind !== 'other').length,
    others: judged.filter(({ kind }) => kind === 'other').length,
  };
}

function ofCluster({ kind, value }: Judged, around: Around, market: Market): readonly Verdict[] {
  const head = errors(kindOf(value).problems);
  if (kind === 'other') return head;
  return [...head, ...(kind === 'Service' ? judgeService(value, market) : judgeForCluster(kind, value, around))];
}

/** As an agent does, which takes what has no kind for a VipGroup. */
function ofAgent({ kind, value }: Judged, around: Around): readonly Verdict[] {
  const named = fields(value).kind;
  if (kind !== 'other' && kind !== 'Service') return judgeForAgent(kind, value, around);
  if (named === undefined) return judgeForAgent('VipGroup', value, around);
  const message = `is ${String(named).slice(0, 64)}: an agent reads VipGroup, BgpConf and BgpPeer`;
  return errors([{ path: 'kind', message }]);
}

/** Groups end when their file is taken away: an agent refuses one that says nothing. */
function emptyFiles(contents: readonly Contents[], files: readonly { readonly file: string }[]): readonly Finding[] {
  return contents.flatMap(({ objects, unreadable }, at) => {
    if (objects.length + unreadable.length > 0) return [];
    const message = 'is empty, which an agent refuses: write what it is to hold, or take the file away';
    return [{ file: files[at]!.file, line: 1, object: '', path: '', message, severity: 'error' as const }];
  });
}

function surroundings(judged: readonly Judged[]): Around {
  const conf = judged.find(
    ({ kind, value }) => kind === 'BgpConf' && fields(fields(value).metadata).name === bgpConfName,
  );
  if (conf === undefined) return {};
  const aliases = Object.entries(fields(fields(fields(conf.value).spec).communityAliases));
  return {
    aliases: Object.fromEntries(aliases.filter((each): each is [string, string] => typeof each[1] === 'string')),
  };
}

/** Of one object at most so many are told, as of a hostile one there may be as many as it has parts. */
const mostOfOne = 50;

function placedFindings(placed: Placed, verdicts: readonly Verdict[]): readonly Finding[] {
  const { file, called } = placed;
  const told = verdicts
    .slice(0, mostOfOne)
    .map((each) => ({ ...each, file, object: called, line: placed.lineOf(each.path) }));
  const more = verdicts.length - told.length;
  if (more <= 0) return told;
  return [
    ...told,
    { file, object: called, line: placed.lineOf(''), path: '', severity: 'error', message: `and ${more} more` },
  ];
}
