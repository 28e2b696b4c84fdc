/** What fields of BgpConf and BgpPeer may hold, and what is wrong with what they do. Pure. */
import { type IpAddress, parseIp } from '../core/ip/address.js';
import { parsePool } from '../core/ip/range.js';
import { communityOf } from './communities.js';
import { parseDuration } from './duration.js';
import type { Problem } from './problem.js';
import { shown } from './shown.js';

/** Collects problems by their place. */
export type Say = (path: string, message: string) => void;

export function collector(): { readonly problems: Problem[]; readonly say: Say } {
  const problems: Problem[] = [];
  return { problems, say: (path, message) => problems.push({ path, message }) };
}

export function sayUnlessAs(say: Say, path: string, as: number | undefined): void {
  if (as !== undefined && !(as >= 1 && as <= 0xffff_ffff))
    say(
      path,
      `is ${as}: an AS number is 1 to 4294967295; private ones are 64512 to 65534 and 4200000000 to 4294967294`,
    );
}

export function sayUnlessWithin(
  say: Say,
  path: string,
  value: number | undefined,
  [first, last, hint]: readonly [number, number, string],
): void {
  if (value !== undefined && !(value >= first && value <= last))
    say(path, `is ${value}: it must be ${first} to ${last}${hint}`);
}

/** Numbers that are written as text, as gobgp has them; empty means as if it were not there. */
export function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text === '' || !/^\d{1,10}$/.test(text) ? undefined : Number(text);
}

/** Durations outside of bounds; texts that are no durations are the schema's to report. */
export function sayUnlessLasting(
  say: Say,
  path: string,
  text: string | undefined,
  [first, last, allowed]: readonly [number, number, string],
): void {
  const micros = parseDuration(text ?? '');
  if (micros !== undefined && (micros < first || micros > last)) say(path, `is "${text}": it must be ${allowed}`);
}

/** An address that a host can have, so that something can listen or be reached at it. */
export function hostAddress(text: string): IpAddress | undefined {
  const address = parseIp(text);
  return address === undefined || isNoHost(text) ? undefined : address;
}

const noHost = parsePool('0.0.0.0/8, 224.0.0.0/3, ::/128, ff00::/8');

function isNoHost(text: string): boolean {
  const one = parsePool(text);
  if (!one.ok || !noHost.ok) return true;
  return one.ranges.some((a) =>
    noHost.ranges.some((b) => a.family === b.family && a.first <= b.last && b.first <= a.last),
  );
}

/** fe80::/10. */
export function isLinkLocal({ family, value }: IpAddress): boolean {
  return family === 6 && value >> 118n === 0x3fan;
}

/** Names that an operator may give to communities: no community looks like one. */
const aliasName = /^[A-Za-z][\w.-]*$/;

export const aliasAllowed = 'letters, digits, dot, - and _, a letter first';

export function isAliasName(text: string): boolean {
  return aliasName.test(text) && communityOf(text) === undefined;
}

const kinds = '64512:100 (each part up to 65535), 64512:1:2, rt:64512:100 or a well-known name such as no-export';

/** @param aliases undefined: not known here, so that any name may be one */
export function communityProblem(
  text: string,
  aliases: Readonly<Record<string, string>> | undefined,
): string | undefined {
  if (communityOf(text, aliases) !== undefined) return undefined;
  if (!aliasName.test(text)) return `is ${shown(text)}: write ${kinds}`;
  if (aliases === undefined) return undefined;
  const names = Object.keys(aliases);
  const known = names.length === 0 ? 'which has none' : `which has ${names.slice(0, 8).join(', ')}`;
  return `is ${shown(text)}: no well-known community and no name in spec.communityAliases of the BgpConf, ${known}`;
}
