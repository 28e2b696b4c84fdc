/** The schema of `vrrp.notify`: programs that a node runs when its part in a group changes. */
import { duration } from './duration-schema.js';

/** Fault: the node cannot take part. Stop: its agent ends, or it is a member no more. */
export const notifiedStates = ['Active', 'Backup', 'Fault', 'Stop'] as const;
export type NotifiedState = (typeof notifiedStates)[number];

export const notifyHook = {
  type: 'object',
  required: ['command'],
  properties: {
    command: {
      type: 'string',
      maxLength: 255,
      description: "Name of a program in the directory that the agent's flag --checks-dir gives.",
    },
    args: {
      type: 'array',
      maxItems: 32,
      items: { type: 'string', maxLength: 1024 },
      'x-kubernetes-list-type': 'atomic',
      description:
        'Arguments that come before those of keepalived: INSTANCE, the name of the VipGroup, MASTER, BACKUP, FAULT or STOP, the priority.',
    },
    states: {
      type: 'array',
      minItems: 1,
      maxItems: 4,
      items: { type: 'string', enum: notifiedStates },
      'x-kubernetes-list-type': 'atomic',
      description: 'When it is run. Default: at each of Active, Backup, Fault and Stop.',
    },
    timeout: { ...duration, maxLength: 32, description: 'How long it may take, 100ms to 5m. Default 10s.' },
  },
} as const;
