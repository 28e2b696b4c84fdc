import type { Surroundings } from '../../../../src/core/placement/group.js';

/** Surroundings in which an Eip has every virtual router ID to itself. */
export const alone: Surroundings = {
  virtualRouterIds: { first: 1, last: 255, reserved: new Set() },
  taken: { 4: new Map(), 6: new Map() },
  foreign: { 4: new Set(), 6: new Set() },
  leading: new Map(),
  salt: 'cluster',
};
