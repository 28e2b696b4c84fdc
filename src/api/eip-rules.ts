/** What the schema of an Eip cannot say. */
import { formatRange, type IpRange, overlap, parsePool } from '../core/ip/range.js';
import type { Eip } from './eip.js';
import { parseInterface } from './interface.js';
import { labelSelectorProblems, selectedLabels } from './label-selector.js';
import type { Problem } from './problem.js';
import { authenticationProblems, virtualMacProblems, vrrpProblems } from './vrrp-rules.js';

/** Longest name of an Eip: its VipGroups are called `<eip>-<n>`, and a name has at most 253 characters. */
const maxNameLength = 240;

/** Problems of an Eip whose shape is right. */
export function eipProblems(eip: Eip): readonly Problem[] {
  const { spec } = eip;
  const problems: Problem[] = [
    ...addressProblems(spec.address),
    ...vrrpProblems(spec.vrrp ?? {}, 'spec.vrrp'),
    ...virtualMacProblems(spec),
    ...authenticationProblems(spec),
    ...(['nodeSelectors', 'serviceSelectors'] as const).flatMap((field) =>
      (spec[field] ?? []).flatMap((selector, at) => labelSelectorProblems(`spec.${field}[${at}]`, selector)),
    ),
    ...manyLabelsProblems(spec),
  ];
  if (eip.metadata.name.length > maxNameLength) {
    problems.push({
      path: 'metadata.name',
      message: `has ${eip.metadata.name.length} characters: at most ${maxNameLength} are possible`,
    });
  }
  if (spec.interface !== undefined && spec.interface !== '') {
    const choice = parseInterface(spec.interface);
    if (choice.by === 'nothing') problems.push({ path: 'spec.interface', message: choice.reason });
  }
  return problems;
}

/** By how many labels an Eip may choose Services: those are kept of every Service. */
export const mostSelectedLabels = 16;

function manyLabelsProblems({ serviceSelectors = [] }: Eip['spec']): readonly Problem[] {
  const { length } = selectedLabels(serviceSelectors);
  if (length <= mostSelectedLabels) return [];
  const message = `name ${length} labels: at most ${mostSelectedLabels} are possible: give the Services one in common`;
  return [{ path: 'spec.serviceSelectors', message }];
}

/** Problems of the text of a pool. */
function addressProblems(address: string): readonly Problem[] {
  const pool = parsePool(address);
  if (!pool.ok) return [{ path: 'spec.address', message: pool.reason }];
  for (const { what, ranges } of unusable) {
    const common = overlap(pool.ranges, ranges);
    if (common !== undefined) {
      return [
        {
          path: 'spec.address',
          message: `holds ${formatRange(common)}, which is ${what}: no Service can use that: leave it out`,
        },
      ];
    }
  }
  return [];
}

function meet(a: IpRange, b: IpRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** What no Service can ever be reached at. */
export const unusable: readonly { readonly what: string; readonly ranges: readonly IpRange[] }[] = [
  { what: 'no address of a host (RFC 1122 3.2.1.3)', ranges: block('0.0.0.0/8, ::/128, 255.255.255.255') },
  { what: 'loopback', ranges: block('127.0.0.0/8, ::1') },
  { what: 'multicast', ranges: block('224.0.0.0/4, ff00::/8') },
  { what: 'link-local', ranges: block('169.254.0.0/16, fe80::/10') },
  { what: 'an IPv4 address in the guise of IPv6 (RFC 4291 2.5.5.2)', ranges: block('::ffff:0:0/96') },
];

function block(text: string): readonly IpRange[] {
  const parsed = parsePool(text);
  return parsed.ok ? parsed.ranges : [];
}

/** Whether an address is one that a Service can be reached at, and if not, what it is. */
export function unusableAddress(range: IpRange): string | undefined {
  return unusable.find(({ ranges }) => ranges.some((each) => meet(each, range)))?.what;
}
