import { describeClauseTable } from './clause-table.js';
import { elsewhere, receiving, states, timers } from './rfc9568.js';

describeClauseTable('RFC 9568', {
  clauses: [...receiving, ...timers, ...states],
  elsewhere,
  places: ['unit/core/vrrp', 'unit/core/wire', 'unit/core/neighbor', 'scenario'],
});
