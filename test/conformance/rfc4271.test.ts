import { elsewhere, messages, routes, states } from './rfc4271.js';
import { describeTable } from './table.js';

describeTable('RFC 4271', [...messages, ...states, ...routes], elsewhere, ['unit/core/bgp', 'unit/core/wire/bgp']);
