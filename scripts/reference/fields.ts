// Owns: the page of the fields of our objects, from the schemas that they are checked by.
import { bgpConfSpec } from '../../src/api/bgp-conf.js';
import { bgpPeerSpec } from '../../src/api/bgp-peer.js';
import { eipSpec } from '../../src/api/eip.js';
import { vipGroupSpec } from '../../src/api/vip-group.js';
import { code, page, table, wrapped } from './markdown.js';

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
}

const kinds: readonly (readonly [string, string, Schema])[] = [
  ['Eip', 'A pool of addresses, and how they are announced.', eipSpec],
  [
    'VipGroup',
    'Addresses that one node at a time announces. The controller writes them; in manifests of an agent people do.',
    vipGroupSpec,
  ],
  ['BgpConf', 'How nodes speak BGP. Only the one of the name `default` has an effect.', bgpConfSpec],
  ['BgpPeer', 'A router, and which nodes have a session with it.', bgpPeerSpec],
];

export function fieldsPage(): string {
  const parts = kinds.flatMap(([kind, about, spec]) => [
    `## ${kind}`,
    wrapped(about),
    table(['field', 'type', 'meaning'], rowsOf(spec, 'spec')),
  ]);
  const head =
    'Of `network.kubesphere.io/v1alpha2`, all without a namespace. A field in **bold** is required. What the schema cannot say the webhook, and [openelb-vip check](../command-line.md), do.';
  return page('Fields', [wrapped(head), ...parts]);
}

function rowsOf(schema: Schema, path: string): readonly (readonly string[])[] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).flatMap(([name, each]) => {
    const inner = each.items ?? (typeof each.additionalProperties === 'object' ? each.additionalProperties : each);
    const suffix = each.items !== undefined ? '[]' : inner !== each ? '.KEY' : '';
    const at = `${path}.${name}`;
    const shown = required.includes(name) ? `**${code(at)}**` : code(at);
    return [[shown, typeOf(each), escaped(each.description ?? '')], ...rowsOf(inner, at + suffix)];
  });
}

function typeOf(schema: Schema): string {
  const { type = 'any', items, additionalProperties, maxItems } = schema;
  if (items !== undefined) return `list of ${typeOf(items)}${maxItems === undefined ? '' : `, at most ${maxItems}`}`;
  if (typeof additionalProperties === 'object') return `map of ${typeOf(additionalProperties)}`;
  if (schema.enum !== undefined) return schema.enum.map((each) => code(String(each))).join(' or ');
  const { minimum, maximum, maxLength } = schema;
  if (minimum !== undefined && maximum !== undefined) return `${type}, ${minimum} to ${maximum}`;
  return maxLength === undefined ? type : `${type}, at most ${maxLength} characters`;
}

const escaped = (text: string) => text.replaceAll('<', '\\<').replaceAll('*', '\\*');
