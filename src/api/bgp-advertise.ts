import { communities, integer } from './bgp-fields.js';
import { labelSelector } from './label-selector.js';

/** `BgpPeer.spec.advertise`: which addresses the router is told, and how. */
export const advertise = {
  type: 'array',
  maxItems: 32,
  'x-kubernetes-list-type': 'atomic',
  description:
    'What the router is told. Each entry makes routes of the addresses of the Eips that it chooses; of a prefix that several entries make, the ' +
    'first says how. Without entries: one route for each address of every Eip. An Eip that no entry chooses is not announced to this router.',
  items: {
    type: 'object',
    properties: {
      eips: {
        type: 'array',
        maxItems: 64,
        'x-kubernetes-list-type': 'atomic',
        items: { type: 'string', minLength: 1, maxLength: 253 },
        description: 'Names of Eips. With neither these nor eipSelector: all Eips; with both, those of either.',
      },
      eipSelector: { ...labelSelector, description: 'Labels of Eips.' },
      nodeSelectors: {
        type: 'array',
        maxItems: 64,
        'x-kubernetes-list-type': 'atomic',
        items: labelSelector,
        description:
          'Only nodes that one of these chooses make routes by this entry. Empty: all nodes that speak with the router.',
      },
      aggregationLength: {
        ...integer,
        minimum: 1,
        maximum: 32,
        description:
          'The length of the prefix that IPv4 addresses are announced as, 1 to 32. Default 32. An aggregate is announced while a node announces ' +
          'at least one address in it.',
      },
      aggregationLengthV6: { ...integer, minimum: 1, maximum: 128, description: 'The same for IPv6. Default 128.' },
      localPref: {
        type: 'integer',
        format: 'int64',
        minimum: 0,
        maximum: 4294967295,
        description: 'LOCAL_PREF; only routers of our own AS are told. Default 100.',
      },
      med: {
        type: 'integer',
        format: 'int64',
        minimum: 0,
        maximum: 4294967295,
        description: 'MULTI_EXIT_DISC. Default: none.',
      },
      prepend: {
        ...integer,
        minimum: 0,
        maximum: 32,
        description: 'How often our AS is put before the path once more; only routers of another AS. Default 0.',
      },
      communities: { ...communities, description: `Besides those of the BgpPeer. ${communities.description}` },
    },
  },
} as const;
