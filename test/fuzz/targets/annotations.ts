import assert from 'node:assert/strict';
import { formatNetwork, parseNetwork } from '../../../src/api/agent-network.js';
import { annotationProblem } from '../../../src/api/annotation-keys.js';
import { eipAnnotations } from '../../../src/api/annotations.js';
import { parseTcpTarget } from '../../../src/api/check-rules.js';
import { communityOf } from '../../../src/api/communities.js';
import { formatDuration, parseDuration } from '../../../src/api/duration.js';
import type { Eip } from '../../../src/api/eip.js';
import { hostProblem, httpUrlProblem } from '../../../src/api/http-url.js';
import { parseInterface } from '../../../src/api/interface.js';
import { eipNameOf, inOurWords, readAnnotations } from '../../../src/api/metallb-annotations.js';
import { seenBy, seerOf } from '../../../src/api/vip-group.js';
import { poolsOf } from '../../../src/controller/cache/pools.js';
import { parseRecord, recordText } from '../../../src/controller/context/reservation-record.js';
import { addressesOfOthers } from '../../../src/controller/notes/addresses-of-others.js';
import { foreignIdsOf, whyLeft } from '../../../src/controller/notes/foreign-routers.js';
import { progressOf } from '../../../src/controller/notes/rebalancing.js';
import { admitService } from '../../../src/controller/objects/builtin-objects.js';
import { admitEip } from '../../../src/controller/objects/own-objects.js';
import { notedGift } from '../../../src/controller/services/gift-note.js';
import { recordedAddresses, serviceRequest } from '../../../src/controller/services/request.js';
import { serviceWarnings } from '../../../src/controller/services/warnings.js';
import { nicsOfRegex } from '../../../src/convert/nic-regex.js';
import { parseIp } from '../../../src/core/ip/address.js';
import { decide } from '../../../src/core/ipam/allocate.js';
import { createLedger } from '../../../src/core/ipam/ledger.js';
import { textForm } from '../forms/text.js';
import type { Target } from '../fuzzer.js';

const seeds = [
  'lan',
  '192.0.2.7,2001:db8::7',
  '250ms',
  'can_reach:192.0.2.1',
  '64512:1:2',
  'no-export',
  'http://[2001:db8::1]:8080/ready?x=1',
  '^eth[0-3]$|^bond0$',
  '{"nics":{"eth0":["192.0.2.11/24"]},"gateways":["192.0.2.1"]}',
  '{"51":{"router":"192.0.2.9","group":"lan-0","until":"2026-12-01T00:00:00Z"}}',
  '[{"id":51,"address":"192.0.2.9","group":"lan-0","until":"2026-12-01T00:00:00Z"}]',
  '{"192.0.2.7":"2026-12-01T00:00:00Z"}',
  '{"addresses":["192.0.2.7"],"at":"2026-12-01T00:00:00Z","exchanges":1}',
  '{"group":"lan-0","to":"n1","since":"2026-12-01T00:00:00Z"}',
  '[{"service":"a/b","uid":"u","addresses":["192.0.2.7"]}]',
  'true',
];

const words = [
  'h:1',
  'subnet_of:',
  'can_reach:',
  'eth0',
  'default',
  'rt:',
  '"until":',
  '"addresses":',
  'Z',
  'ms',
  '1h',
  '[',
  '^',
  '$',
];

/**
 * Any text in any annotation that is read, and in the fields that have a syntax of their own: it is understood or refused, and what is
 * understood reads the same when it is written again.
 */
export const target: Target<string> = {
  form: textForm({ words, longest: 600 }),
  seeds,

  run(text) {
    for (const key of readAnnotations) service(key, text);
    service('all', text);
    for (const key of eipAnnotations) eip(key, text);
    values(text);
  },
};

function service(key: string, text: string): void {
  const annotations = Object.fromEntries(
    readAnnotations.map((each) => [each, key === 'all' || each === key ? text : 'x']),
  );
  const opted = { ...annotations, 'lb.kubesphere.io/v1alpha1': key === 'lb.kubesphere.io/v1alpha1' ? text : 'openelb' };
  const object = {
    metadata: { name: 'web', namespace: 'default', annotations: opted },
    spec: { type: 'LoadBalancer' },
  };
  const { object: kept } = admitService(object);
  assert.ok(kept !== undefined);
  inOurWords(kept);
  recordedAddresses(kept);
  for (const note of [text, key]) notedGift(note, addresses, { wall: 1_700_000_000_000, now: 1 });
  serviceWarnings(kept, { allServices: true, eips: [] });
  const pools = poolsOf([pool]);
  const { grants } = decide(serviceRequest(kept, undefined, [], pools), pools, createLedger());
  assert.ok(new Set(grants.map(({ address }) => `${address.family} ${address.value}`)).size === grants.length);
}

const addresses = [parseIp('192.0.2.7')!];
const pool = { metadata: { name: 'lan' }, spec: { address: '192.0.2.0/24,2001:db8::/120' } } as Eip;

function eip(key: string, text: string): void {
  const { object: kept } = admitEip({ metadata: { name: 'lan', annotations: { [key]: text } }, spec: pool.spec });
  assert.ok(kept !== undefined);
  for (const { id } of foreignIdsOf(kept)) {
    assert.ok(Number.isInteger(id) && id >= 1 && id <= 255, `virtual router ID ${id}`);
    whyLeft(kept, 'lan-0', id);
  }
  addressesOfOthers(kept, 1_700_000_000_000);
  progressOf(kept);
}

function values(text: string): void {
  const duration = parseDuration(text);
  if (duration !== undefined) assert.equal(parseDuration(formatDuration(duration)), duration);
  const network = parseNetwork(text);
  if (network !== undefined) assert.equal(formatNetwork(parseNetwork(formatNetwork(network))!), formatNetwork(network));
  const record = parseRecord(text);
  assert.deepEqual(parseRecord(recordText(record)), record);
  const seer = seerOf(text);
  if (seer !== undefined) assert.equal(seerOf(seenBy(seer)), seer);
  const name = eipNameOf(text);
  assert.match(name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
  assert.ok(name.length <= 253);
  assert.equal(eipNameOf(name), name);
  parseInterface(text);
  communityOf(text, { web: '64512:1' });
  parseTcpTarget(text);
  httpUrlProblem(text);
  hostProblem(text);
  nicsOfRegex(text);
  annotationProblem(text, 'Service');
  annotationProblem(text, 'Eip');
}
