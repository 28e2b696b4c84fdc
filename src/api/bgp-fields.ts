/** The kinds of field that BgpConf and BgpPeer are made of. */
export const integer = { type: 'integer', format: 'int32' } as const;
export const asNumber = {
  type: 'integer',
  format: 'int64',
  description: 'Autonomous system number, 1 to 4294967295.',
} as const;
export const flag = { type: 'boolean' } as const;
export const text = { type: 'string' } as const;
