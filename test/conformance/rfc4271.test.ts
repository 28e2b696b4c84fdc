import { describeClauseTable } from './clause-table.js';
import { elsewhere, messages } from './rfc4271.js';
import { routes, states } from './rfc4271-session.js';

describeClauseTable('RFC 4271', {
  clauses: [...messages, ...states, ...routes],
  elsewhere,
  places: ['unit/core/bgp', 'unit/core/wire/bgp'],
});
