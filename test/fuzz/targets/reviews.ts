import assert from 'node:assert/strict';
import { keepService } from '../../../src/controller/objects/builtin-objects.js';
import { keepEip } from '../../../src/controller/objects/own-objects.js';
import { createAgentReviews } from '../../../src/controller/webhook/agent-review.js';
import { answer } from '../../../src/controller/webhook/eip-review.js';
import { jsonExcess } from '../../../src/controller/webhook/json-bounds.js';
import { objectForm } from '../forms/objects.js';
import type { Target } from '../fuzzer.js';
import * as example from './example-objects.js';
import { shapes } from './object-shapes.js';

const text = { type: 'string' };
const operation = { type: 'string', enum: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] };
const user = {
  type: 'object',
  properties: { username: text, extra: { type: 'object', additionalProperties: { type: 'array', items: text } } },
};
const resource = { type: 'object', properties: { group: text, resource: text } };

function reviewOf(object: object): object {
  const request = {
    type: 'object',
    properties: { uid: text, operation, resource, subResource: text, userInfo: user, object, oldObject: object },
  };
  return { type: 'object', properties: { apiVersion: text, kind: text, request } };
}

const agent = 'system:serviceaccount:openelb-system:openelb-agent';
const head = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' };
const eips = { group: 'network.kubesphere.io', resource: 'eips' };
const userInfo = { username: agent, extra: { 'authentication.kubernetes.io/node-name': ['n1'] } };
const status = { uid: 'u-1', operation: 'UPDATE', subResource: 'status', userInfo };
const withStatus = ({ status: _, ...rest }: typeof example.group) => rest;

const seeds = [
  {
    eip: { ...head, request: { uid: 'u-1', operation: 'CREATE', resource: eips, userInfo, object: example.routedEip } },
  },
  {
    eip: {
      ...head,
      request: { uid: 'u-1', operation: 'UPDATE', resource: eips, object: example.eip, oldObject: example.eip },
    },
  },
  { eip: { ...head, request: { uid: 'u-1', operation: 'DELETE', resource: eips, oldObject: example.eip } } },
  {
    group: {
      ...head,
      request: {
        ...status,
        resource: { resource: 'vipgroups' },
        object: example.group,
        oldObject: withStatus(example.group),
      },
    },
  },
  {
    peer: {
      ...head,
      request: { ...status, resource: { resource: 'bgppeers' }, object: example.bgpPeer, oldObject: example.bgpPeer },
    },
  },
  {
    lease: {
      ...head,
      request: { uid: 'u', operation: 'UPDATE', resource: { resource: 'leases' }, userInfo, object: example.lease },
    },
  },
];

const world = {
  eips: { list: () => [keepEip(example.eip)!] },
  services: { list: () => [keepService(example.service)] },
  problem: () => undefined,
};
const nodes = { of: () => ({ known: true, node: 'n1' }) as const };
const agents = createAgentReviews({ agent, nodes });

/** Any review is answered, in band and by its own UID, or it is none: to whoever may not know, no Service is named. */
export const target: Target<unknown> = {
  form: objectForm(
    {
      type: 'object',
      properties: {
        eip: reviewOf(shapes.eip),
        group: reviewOf(shapes.group),
        peer: reviewOf(shapes.bgpPeer),
        lease: reviewOf(shapes.lease),
      },
    },
    seeds,
  ),
  seeds,

  run(input) {
    const work = Object.values((input ?? {}) as object).map((review) => judge(review));
    return Promise.all(work).then(() => {});
  },
};

async function judge(review: unknown): Promise<void> {
  const body = JSON.stringify(review) ?? 'null';
  jsonExcess(Buffer.from(body));
  const answers = [
    answer(body, { world, allServices: true, mayName: true }),
    answer(body, { world, allServices: false }),
    await agents.answer(body),
    agents.unread(body.slice(0, 4096), 'too large'),
  ];
  const uid = (review as { request?: { uid?: unknown } | null } | null)?.request?.uid;
  for (const each of answers) {
    if (each.status !== 200) {
      assert.ok(each.text !== '');
      continue;
    }
    const { response } = each.json as { response: { uid: string; allowed: boolean; status?: { message: string } } };
    assert.equal(response.uid, uid);
    assert.ok(response.allowed || (response.status?.message ?? '') !== '', 'refused without a word');
  }
}
