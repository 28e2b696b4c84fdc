import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { keyNameOf, parseKey } from '../../../../src/agent/keys/key-file.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const hexadecimal = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';

describe('the name of a key file', () => {
  it('is the name of the keys, a dot and an ID', () => {
    assert.deepEqual(keyNameOf('lan.1'), { keys: 'lan', id: 1 });
    assert.deepEqual(keyNameOf('rack-7-lan.255'), { keys: 'rack-7-lan', id: 255 });
  });

  for (const name of [
    'lan',
    'lan.0',
    'lan.256',
    'lan.01',
    'lan.1.bak',
    'LAN.1',
    '-lan.1',
    'lan-.1',
    'a_b.1',
    '.1',
    `${'a'.repeat(64)}.1`,
  ]) {
    it(`is not ${name}`, () => assert.equal(keyNameOf(name), undefined));
  }
});

describe('a key', () => {
  for (const [claim, content] of [
    ['is hexadecimal after hex:', `hex:${hexadecimal}`],
    ['may end with a line end', `hex:${hexadecimal.toUpperCase()}\n`],
    ['may end as on Windows', `hex:${hexadecimal}\r\n`],
  ] as const) {
    it(claim, () => {
      const parsed = parseKey(bytes(content));
      assert.ok(parsed.ok);
      assert.equal(parsed.key.export().toString('hex'), hexadecimal);
    });
  }

  it('may be a passphrase of 32 to 64 ASCII characters, which are its bytes', () => {
    for (const text of ['a passphrase of 32 characters ...', 'x'.repeat(64)]) {
      const parsed = parseKey(bytes(`${text}\n`));
      assert.ok(parsed.ok);
      assert.equal(parsed.key.export().toString('latin1'), text);
    }
  });

  for (const [claim, content, problem] of [
    ['too short', 'hex:00112233', /^holds 4 bytes where a key has 32 to 64, make one with: .*openssl rand/],
    ['a passphrase too long', 'x'.repeat(65), /^holds 65 bytes/],
    ['empty', '\n', /^holds 0 bytes/],
    ['half a byte', `hex:${hexadecimal}0`, /^has something else than pairs of hexadecimal digits/],
    ['letters that are no digits', `hex:${'zz'.repeat(32)}`, /^has something else/],
    ['raw bytes', '\x00\x01\x80'.repeat(12), /^holds bytes that are no printable ASCII/],
  ] as const) {
    it(`is refused with the remedy and without its bytes: ${claim}`, () => {
      const parsed = parseKey(bytes(content));
      assert.ok(!parsed.ok);
      assert.match(parsed.problem, problem);
      assert.ok(content.trim().length < 8 || !parsed.problem.includes(content.trim().slice(4, 12)));
    });
  }

  it('shows its bytes to no log and no JSON', () => {
    const parsed = parseKey(bytes(`hex:${hexadecimal}`));
    for (const text of [inspect(parsed, { depth: 9, showHidden: true }), JSON.stringify(parsed), String(parsed)])
      assert.ok(!/00010203|0, 1, 2, 3|00 01 02/.test(text), text);
  });
});
