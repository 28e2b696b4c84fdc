/** Communities as BgpConf and BgpPeer name them: of three kinds, by well-known names, and by names of the operator's own. Pure. */
import {
  type Community,
  type ExtendedCommunity,
  type LargeCommunity,
  parseCommunity,
  parseExtendedCommunity,
  parseLargeCommunity,
} from '../core/wire/bgp/communities.js';

export type AnyCommunity =
  | { readonly kind: 'standard'; readonly value: Community }
  | { readonly kind: 'extended'; readonly value: ExtendedCommunity }
  | { readonly kind: 'large'; readonly value: LargeCommunity };

/** MetalLB marks large communities so. */
const large = /^large:/;

/**
 * Reads `64512:100`, `64512:1:2`, `rt:64512:100`, `no-export`, or one of the names in `aliases`, which come first. Undefined for any
 * other text. An alias stands for a community, not for another alias.
 */
export function communityOf(text: string, aliases: Readonly<Record<string, string>> = {}): AnyCommunity | undefined {
  const meant = Object.hasOwn(aliases, text) ? aliases[text]! : text;
  const standard = parseCommunity(meant);
  if (standard !== undefined) return { kind: 'standard', value: standard };
  const three = parseLargeCommunity(meant.replace(large, ''));
  if (three !== undefined) return { kind: 'large', value: three };
  const extended = parseExtendedCommunity(meant);
  return extended === undefined ? undefined : { kind: 'extended', value: extended };
}
