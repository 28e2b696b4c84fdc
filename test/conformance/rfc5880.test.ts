import { describeClauseTable } from './clause-table.js';
import { administering, elsewhere, receiving, states } from './rfc5880.js';
import { timers, transmitting } from './rfc5880-timing.js';

describeClauseTable('RFC 5880 and RFC 5881', {
  clauses: [...receiving, ...states, ...timers, ...transmitting, ...administering],
  elsewhere,
  places: ['unit/core/bfd', 'unit/core/wire'],
});
