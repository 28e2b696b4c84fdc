import assert from 'node:assert/strict';
import { hostsProblem, isCalledBy, isOwnOrigin, listOf, namesOf } from '../../../src/controller/web/hosts.js';
import { cookieWith, isToken, tokenOf } from '../../../src/controller/web/token.js';
import { createIntake, maxBodyBytes } from '../../../src/controller/webhook/intake.js';
import { jsonExcess } from '../../../src/controller/webhook/json-bounds.js';
import { headOf } from '../../../src/controller/webhook/review.js';
import { textForm } from '../forms/text.js';
import type { Target } from '../fuzzer.js';

const names = namesOf('openelb-system', ['view.example']);
const words = [
  ...[
    'authorization: Bearer ',
    'cookie: __Host-openelb-token=',
    'host: ',
    'origin: https://',
    'content-length: 7',
    '; ',
  ],
  ...['localhost', '[::1]:8443', 'view.example:443', '{"a":[1,{"b":"\\""}]}', '","request":{"uid":"', '[[[[', ':65536'],
];

const seeds = [
  'host: localhost:8443\norigin: https://localhost:8443\nauthorization: Bearer a.b-c_d=\n\n',
  'host: [::1]\ncookie: x=1; __Host-openelb-token=abc; y=2\ncontent-length: 70\n\n{"a":[1,2]}',
  'host: view.example\ncontent-length: 99999999\n\n{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-1","userInfo":{"username":"x"}}}',
];

/**
 * What the web view and the webhook read of requests themselves: headers and the beginnings of bodies. A host that is let in is one of the
 * names, a token that is found is one, what of a body is taken in is bounded, and of JSON that is judged cheap the parser says the same.
 */
export const target: Target<string> = {
  form: textForm({ words, longest: 4_000 }),
  seeds,

  run(text) {
    const end = text.indexOf('\n\n');
    const body = end < 0 ? '' : text.slice(end + 2);
    const headers = headersOf(end < 0 ? text : text.slice(0, end));
    const { host, origin } = headers;
    if (isCalledBy(host, names)) assert.ok(names.some((name) => (host ?? '').toLowerCase().includes(name)));
    if (isOwnOrigin(origin, host) && origin !== undefined)
      assert.ok(origin.toLowerCase().endsWith((host ?? '').toLowerCase()));
    const token = tokenOf(headers);
    if (token !== undefined) {
      assert.ok(isToken(token) && !/[\s;,]/.test(token));
      assert.equal(tokenOf({ cookie: cookieWith(token).split('; ', 1)[0]! }), token);
    }
    if (hostsProblem(body) === undefined)
      for (const name of listOf(body)) assert.ok(isCalledBy(urlHost(name), listOf(body)));
    takeIn(headers['content-length']);
    judge(body);
  },
};

function headersOf(head: string): Record<string, string> {
  const pairs = head.split('\n').map((line) => /^([a-z-]+): *(.*)$/i.exec(line));
  return Object.fromEntries(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1]!.toLowerCase(), pair[2]!]])));
}

/** As a browser writes it. */
function urlHost(name: string): string {
  return name.includes(':') ? `[${name}]` : name;
}

function takeIn(length: string | undefined): void {
  const intake = createIntake();
  let taken = 0;
  for (const now of [0, 1, 2, 3]) {
    const verdict = intake.ask(length, now);
    if (verdict === 'take') taken += Number(length);
  }
  assert.ok(taken >= 0 && taken <= 2 * maxBodyBytes);
}

/** The bounds count whatever looks like JSON; what has none of it and what has too much is told apart by them, the rest by the parser. */
function judge(body: string): void {
  const excess = jsonExcess(Buffer.from(body));
  const head = headOf(body);
  if (head !== undefined) assert.match(head.uid, /^[\w-]{1,64}$/);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return;
  }
  assert.equal(excess !== undefined, depthOf(value) > 64);
  const request = (value as { request?: { uid?: unknown } } | null)?.request;
  if (head !== undefined && typeof request?.uid === 'string') assert.ok(body.includes(head.uid));
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
