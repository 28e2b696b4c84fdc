import assert from 'node:assert/strict';
import { urlToHttpOptions } from 'node:url';
import fc from 'fast-check';
import { httpUrlProblem } from '../../../src/api/http-url.js';

describe('an HTTP URL that is to be asked', () => {
  for (const text of [
    'http://10.198.0.30:8080/healthz',
    'https://[2001:db8::1]/?a=b#c',
    'http://user:secret@web_1.example.org./x%20y',
    'https://a',
  ]) {
    it(`may be ${text}`, () => assert.equal(httpUrlProblem(text), undefined));
  }

  for (const [text, problem] of [
    ['http://10.198.0.300:8080/healthz', /^"10\.198\.0\.300" is no IPv4 address$/],
    ['http://10.198:8080/', /is no IPv4 address/],
    ['http://0x7f.1/', /is no IPv4 address/],
    ['http://web.0x/', /is no IPv4 address/],
    ['http://web:99999/', /^"99999" is no port: it must be a number of 1 to 65535$/],
    ['http://web:0/', /is no port/],
    ['http://web:/', /^"" is no port/],
    ['http://web:http/', /is no port/],
    ['http://[2001:db8::g]/', /is no IPv6 address/],
    ['http://[10.0.0.1]/', /is no IPv6 address/],
    ['http://2001:db8::1/', /is no port/],
    ['http://-web/', /is no host name/],
    ['http://a..b/', /is no host name/],
    ['http://we%62/', /is no host name/],
    ['http://a\\b/', /is no host name/],
    ['http:///x', /is no host name/],
    ['http://a b/', /must be a URL/],
    ['http://100%@a/', /must be a URL/],
    ['ftp://a/', /must be a URL/],
    ['', /must be a URL/],
  ] as const) {
    it(`must not be ${text || 'empty'}`, () => assert.match(httpUrlProblem(text) ?? 'nothing is wrong', problem));
  }

  it('is one to Node whenever nothing is wrong with it', () => {
    const piece = fc.constantFrom(
      'a',
      '1',
      '.',
      '-',
      '_',
      ':',
      '[',
      ']',
      '/',
      '@',
      '%',
      '0x',
      'xn--',
      '255',
      '99999',
      '::1',
      '#',
      '?',
      '\\',
      'é',
      '\u00ad',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = `http://${pieces.join('')}`;
        if (httpUrlProblem(text) === undefined) urlToHttpOptions(new URL(text)); // as http.request does
      }),
      { numRuns: 20_000 },
    );
  });
});
