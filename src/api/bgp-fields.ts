/** The kinds of field that BgpConf and BgpPeer are made of. */
import { duration } from './duration-schema.js';

export const integer = { type: 'integer', format: 'int32' } as const;
export const asNumber = {
  type: 'integer',
  format: 'int64',
  description: 'Autonomous system number, 1 to 4294967295.',
} as const;
export const flag = { type: 'boolean' } as const;
export const text = { type: 'string' } as const;
export const shortText = { type: 'string', maxLength: 253 } as const;
export const shortDuration = { ...duration, maxLength: 32 } as const;

/** Graceful restart (RFC 4724), shared by BgpConf and BgpPeer; times in seconds. */
export const gracefulRestart = {
  type: 'object',
  properties: {
    enabled: { type: 'boolean', description: 'Default true.' },
    restartTime: {
      ...integer,
      description: 'For how many seconds routers keep the routes of an agent that restarts, 1 to 4095. Default 120.',
    },
    helperOnly: flag,
    deferralTime: integer,
    notificationEnabled: flag,
    longlivedEnabled: flag,
    staleRoutesTime: integer,
    peerRestartTime: integer,
    peerRestarting: flag,
    localRestarting: flag,
    mode: text,
  },
} as const;

/** Communities of any kind, or names of some (see `communities.ts`). */
export const communities = {
  type: 'array',
  maxItems: 64,
  'x-kubernetes-list-type': 'atomic',
  items: { type: 'string', minLength: 1, maxLength: 253 },
  description:
    'A community such as 64512:100 (RFC 1997), a large one such as 64512:1:2 (RFC 8092), an extended one such as rt:64512:100 (RFC 4360), ' +
    'a well-known name such as no-export, or a name from communityAliases of the BgpConf.',
} as const;

/** As in Kubernetes' `metav1.Condition`; written by the controller. */
export const conditions = {
  type: 'array',
  nullable: true,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  items: {
    type: 'object',
    required: ['type', 'status'],
    properties: {
      type: { type: 'string' },
      status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
      reason: { type: 'string' },
      message: { type: 'string' },
      lastTransitionTime: { type: 'string', format: 'date-time' },
      observedGeneration: { type: 'integer' },
    },
  },
} as const;
