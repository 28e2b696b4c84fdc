import assert from 'node:assert/strict';
import { isIP, isIPv4 } from 'node:net';
import { formatIp, ipFromBytes, ipToBytes, parseIp, parseIpOctets } from '../../../src/core/ip/address.js';
import {
  contains,
  formatRange,
  intersect,
  merge,
  parsePool,
  rangesSize,
  subtract,
} from '../../../src/core/ip/range.js';
import { parseIpSloppy } from '../../../src/core/ip/sloppy.js';
import { textForm } from '../forms/text.js';
import type { Target } from '../fuzzer.js';

const seeds = [
  '192.0.2.1',
  '2001:db8::1',
  '::ffff:192.0.2.1',
  '010.0.0.1',
  '192.0.2.0/24,192.0.2.10-192.0.2.20, 2001:db8::/120',
  '2001:db8::10-2001:db8::20,192.0.2.255',
  '0.0.0.0/0,::/0',
  '1:2:3:4:5:6:7:8,::1.2.3.4',
];

const words = [
  '192.0.2.0/24',
  '2001:db8::',
  '::',
  ':',
  '.',
  '/',
  '-',
  ',',
  '0',
  '255',
  '256',
  'ffff',
  '/32',
  '/128',
  '%eth0',
];

/**
 * Any text is an address or none, as node:net has it; a pool that is read is the same when its ranges are written and read again, and what
 * one list of ranges has and another has not are its addresses once each.
 */
export const target: Target<string> = {
  form: textForm({ words, longest: 200 }),
  seeds,

  run(text) {
    for (const part of [text, ...text.split(/[,/-]/)]) address(part);
    pool(text);
  },
};

function address(text: string): void {
  const found = parseIp(text);
  assert.equal(
    found !== undefined,
    isIP(text) !== 0 && !text.includes('%'),
    `read otherwise than by node:net: ${text}`,
  );
  const sloppy = parseIpSloppy(text);
  if (sloppy !== undefined) assert.deepEqual(parseIp(formatIp(sloppy)), sloppy);
  if (found === undefined) return;
  assert.deepEqual(ipFromBytes(parseIpOctets(text)!), found);
  assert.deepEqual(ipFromBytes(ipToBytes(found)), found);
  assert.deepEqual(parseIp(formatIp(found)), found);
  if (isIPv4(text)) assert.equal(formatIp(found), text);
}

function pool(text: string): void {
  const parsed = parsePool(text);
  if (!parsed.ok) {
    assert.notEqual(parsed.reason, '');
    return;
  }
  const { ranges } = parsed;
  const again = parsePool(ranges.map(formatRange).join(','));
  assert.ok(again.ok);
  assert.deepEqual(again.ranges, ranges);
  assert.deepEqual(merge(ranges), ranges);
  const half = ranges.filter((_, i) => i % 2 === 0);
  assert.equal(rangesSize(subtract(ranges, half)) + rangesSize(intersect(ranges, half)), rangesSize(ranges));
  for (const { family, first, last } of ranges) {
    assert.ok(contains(ranges, { family, value: first }) && contains(ranges, { family, value: last }));
    assert.ok(first <= last);
  }
}
