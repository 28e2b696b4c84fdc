import type { AgentHistory } from '../agent/history/remembered.js';
import { conform } from '../api/conform.js';
import { jsonOf, noAgent } from '../status/read-answer.js';

const text = { type: 'string' } as const;
const number = { type: 'number' } as const;

const historyShape = {
  type: 'object',
  required: ['node', 'entries'],
  properties: {
    node: text,
    version: text,
    now: number,
    entries: {
      type: 'array',
      items: {
        type: 'object',
        required: ['at', 'group', 'from', 'to', 'reason'],
        properties: { at: number, group: text, from: text, to: text, reason: text, priority: number, peer: text },
      },
    },
  },
} as const;

/** What is read of what an agent remembers. Throws, with what was answered, for what is none. */
export function readAgentHistory(answer: string): AgentHistory {
  const { value } = conform<AgentHistory>(historyShape, jsonOf(answer));
  if (value === undefined) throw noAgent(answer);
  return value;
}
