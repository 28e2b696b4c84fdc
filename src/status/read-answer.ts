/** What an agent answers about itself, taken in: another program may have the name of its socket, and an agent may be of another version. */
import type { AgentStatus } from '../agent/status/agent-status.js';
import { conform } from '../api/conform.js';

const text = { type: 'string' } as const;
const number = { type: 'number' } as const;
const texts = { type: 'array', items: text } as const;
const lasting = {
  type: 'object',
  properties: { reason: text, message: text },
  required: ['reason', 'message'],
} as const;

const member = {
  type: 'object',
  required: ['group', 'state', 'priority', 'held'],
  properties: {
    group: text,
    state: text,
    priority: number,
    advertisementInterval: number,
    interface: text,
    address: text,
    reason: text,
    activeSource: text,
    reasons: { type: 'array', items: { type: 'object' } },
    message: text,
    problem: text,
    held: texts,
    notHeld: {
      type: 'array',
      items: {
        type: 'object',
        required: ['address', 'reason'],
        properties: { address: text, reason: text, message: text },
      },
    },
  },
} as const;

const session = {
  type: 'object',
  required: ['peer'],
  properties: {
    peer: text,
    state: text,
    since: text,
    address: text,
    prefixesSent: number,
    negotiated: { type: 'object', properties: { peerAs: number } },
    bfd: { type: 'object', properties: { state: text } },
    problem: lasting,
  },
} as const;

const announced = {
  type: 'object',
  required: ['group', 'state', 'routers', 'routersWanted'],
  properties: { group: text, state: text, routers: number, routersWanted: number, message: text },
} as const;

const statusShape = {
  type: 'object',
  required: ['node', 'source'],
  properties: {
    node: text,
    version: text,
    source: text,
    unnamed: text,
    engine: text,
    scheduling: { type: 'object', required: ['policy'], properties: { policy: text, reason: text } },
    members: { type: 'array', items: member },
    connections: {
      type: 'object',
      required: ['handedTo', 'count'],
      properties: { problem: text, handedTo: texts, count: number },
    },
    bgp: {
      type: 'object',
      required: ['peers', 'groups'],
      properties: {
        as: number,
        routerId: text,
        peers: { type: 'array', items: session },
        groups: { type: 'array', items: announced },
      },
    },
  },
} as const;

/** What is read of the status of an agent. Throws, with what was answered, for what is none. */
export function readAgentStatus(answer: string): AgentStatus {
  const { value } = conform<AgentStatus>(statusShape, jsonOf(answer));
  if (value === undefined) throw noAgent(answer);
  return value;
}

/** The JSON in an answer; undefined when it is none. */
export function jsonOf(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
}

export function noAgent(answer: string): Error {
  return new Error(`no agent of ours answers there, but something that says ${JSON.stringify(answer.slice(0, 64))}`);
}
