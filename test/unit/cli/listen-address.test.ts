import assert from 'node:assert/strict';
import { parseListenAddress } from '../../../src/cli/listen-address.js';

describe('an address to listen on', () => {
  const readings: readonly (readonly [string, ReturnType<typeof parseListenAddress>])[] = [
    [':8080', { port: 8080 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:443', { host: '::1', port: 443 }],
    ['0', 'off'],
    ['', 'off'],
    ['8080', undefined],
    ['host:', undefined],
    ['host:65536', undefined],
    ['::1:80', undefined],
  ];
  for (const [text, expected] of readings) {
    it(`${JSON.stringify(text)} is ${JSON.stringify(expected) ?? 'none'}`, () => {
      assert.deepEqual(parseListenAddress(text), expected);
    });
  }
});
