import { elsewhere, receiving, states, timers } from './rfc9568.js';
import { describeTable } from './table.js';

describeTable('RFC 9568', [...receiving, ...timers, ...states], elsewhere, [
  'unit/core/vrrp',
  'unit/core/wire',
  'unit/core/neighbor',
  'scenario',
]);
