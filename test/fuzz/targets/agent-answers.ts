import assert from 'node:assert/strict';
import { historyTable } from '../../../src/history/history-table.js';
import { mergedHistory } from '../../../src/history/merge.js';
import { readAgentHistory } from '../../../src/history/read-answer.js';
import { agentTable } from '../../../src/status/agent-table.js';
import { skewText } from '../../../src/status/local.js';
import { readAgentStatus } from '../../../src/status/read-answer.js';
import { objectForm } from '../forms/objects.js';
import type { Target } from '../fuzzer.js';

const text = { type: 'string' };
const count = { type: 'integer' };
const texts = { type: 'array', items: text };
const list = (properties: object) => ({ type: 'array', items: { type: 'object', properties } });
const shape = {
  type: 'object',
  properties: {
    status: {
      type: 'object',
      properties: {
        node: text,
        version: text,
        source: text,
        unnamed: text,
        engine: text,
        scheduling: { type: 'object', properties: { policy: text, reason: text } },
        members: list({
          group: text,
          state: text,
          priority: count,
          reason: text,
          interface: text,
          held: texts,
          message: text,
        }),
        connections: { type: 'object', properties: { problem: text, handedTo: texts, count } },
        bgp: {
          type: 'object',
          properties: {
            as: count,
            routerId: text,
            peers: list({
              peer: text,
              state: text,
              since: text,
              problem: { type: 'object', properties: { reason: text, message: text } },
            }),
            groups: list({ group: text, state: text, routers: count, routersWanted: count, message: text }),
          },
        },
      },
    },
    history: {
      type: 'object',
      properties: {
        node: text,
        entries: list({ at: count, group: text, from: text, to: text, reason: text, peer: text }),
      },
    },
  },
};

const member = {
  group: 'lan-0',
  state: 'Active',
  priority: 254,
  reason: 'r',
  interface: 'eth0',
  address: '192.0.2.9',
  held: ['192.0.2.1'],
};
const session = {
  peer: 'tor',
  state: 'Established',
  since: '2026-01-01T00:00:00Z',
  address: '192.0.2.1',
  prefixesSent: 1,
};
const seeds = [
  {
    status: {
      node: 'n1',
      version: '0.1.0',
      source: 'ok',
      scheduling: { policy: 'nice', reason: 'r' },
      members: [member],
    },
  },
  {
    status: {
      node: 'n1',
      source: 'ok',
      members: [member],
      connections: { handedTo: ['n2'], count: 3 },
      bgp: {
        as: 50_000,
        routerId: '192.0.2.11',
        peers: [session],
        groups: [{ group: 'g', state: 'Announcing', routers: 1, routersWanted: 2 }],
      },
    },
  },
  {
    history: {
      node: 'n1',
      entries: [{ at: 1_700_000_000_000, group: 'lan-0', from: 'Backup', to: 'Active', reason: 'r', peer: 'n2' }],
    },
  },
];

/** Whatever answers at an agent's socket is shown, or it is said in words that it is no agent of ours. */
export const target: Target<unknown> = {
  form: objectForm(shape, seeds),
  seeds,

  run(input) {
    const { status, history } = (input ?? {}) as { status?: unknown; history?: unknown };
    const found = unlessRefused(() => readAgentStatus(JSON.stringify(status) ?? ''));
    if (found !== undefined) {
      skewText(found);
      assert.ok(agentTable(found, 1_700_000_000_000) !== '');
    }
    const remembered = unlessRefused(() => readAgentHistory(JSON.stringify(history) ?? ''));
    if (remembered !== undefined)
      assert.ok(historyTable(mergedHistory([], [remembered], undefined), 1_700_000_000_000) !== '');
  },
};

function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    assert.match((error as Error).message, /agent of ours/);
    return undefined;
  }
}
