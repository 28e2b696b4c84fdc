/** Durations are strings such as `250ms`, `1s`, `1m30s`. */
export const duration = {
  type: 'string',
  pattern: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
} as const;
