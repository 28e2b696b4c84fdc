import assert from 'node:assert/strict';
import { hostsProblem, isCalledBy, isOwnOrigin, listOf, namesOf } from '../../../../src/controller/web/hosts.js';
import { cookieWith, isToken, noCookie, tokenOf } from '../../../../src/controller/web/token.js';

describe('the names that the web view is called by', () => {
  const names = namesOf('openelb-system', ['vips.example.com', '192.0.2.7']);

  for (const host of [
    'localhost:9444',
    'LOCALHOST',
    '127.0.0.1:1',
    '[::1]:9444',
    'openelb-web.openelb-system.svc:443',
    'vips.example.com',
    '192.0.2.7:8443',
  ])
    it(`are answered: ${host}`, () => assert(isCalledBy(host, names)));

  for (const host of [
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    'localhost:9444@evil.example',
    'localhost:x',
    ' localhost',
    'localhost\t',
    '[::1',
    '::1',
    '192.0.2.8',
    'vips.example.com.',
    'a'.repeat(8000),
  ])
    it(`are not answered: ${String(host).slice(0, 40)}`, () => assert(!isCalledBy(host, names)));

  it('are names and addresses, without ports', () => {
    assert.equal(hostsProblem('vips.example.com, 192.0.2.7,fd00::1'), undefined);
    assert.match(
      hostsProblem('vips.example.com:443') ?? '',
      /^vips\.example\.com:443 is no name of a host: .*without ports$/,
    );
    for (const name of ['*.example.com', 'fe80::1%eth0', '::%1', '[::1]'])
      assert.notEqual(hostsProblem(name), undefined, name);
  });

  it('may be written as one likes, and are compared as browsers write them', () => {
    assert.deepEqual(listOf(' Vips.Example.com,,2001:DB8:0:0::1, ::ffff:192.0.2.7 '), [
      'vips.example.com',
      '2001:db8::1',
      '::ffff:c000:207',
    ]);
    assert(isCalledBy('[2001:db8::1]:8443', namesOf('openelb-system', listOf('2001:0DB8::0:1'))));
  });

  it('are the only origins from which the page is used', () => {
    assert(isOwnOrigin('https://localhost:9444', 'localhost:9444'));
    assert(isOwnOrigin(undefined, 'localhost:9444'));
    for (const origin of ['https://evil.example', 'http://localhost:9444', 'https://localhost', 'null', ''])
      assert(!isOwnOrigin(origin, 'localhost:9444'), origin);
  });
});

describe('the token of a request', () => {
  const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2ln-_~+/=';

  it('is that of the header, else that of the cookie among others', () => {
    assert.equal(tokenOf({ authorization: `Bearer ${token}` }), token);
    assert.equal(tokenOf({ authorization: `bearer  ${token}`, cookie: `__Host-openelb-token=other` }), token);
    assert.equal(tokenOf({ cookie: `a=b; __Host-openelb-token=${token}; c` }), token);
  });

  it('is none where there is nothing that could be one', () => {
    for (const headers of [
      {},
      { cookie: 'x__Host-openelb-token=a' },
      { cookie: '__Host-openelb-token=' },
      { authorization: 'Basic YTpi' },
      { authorization: `Bearer a\u0000b` },
    ])
      assert.equal(tokenOf(headers), undefined, JSON.stringify(headers));
    assert(!isToken('a'.repeat(4_000)));
    assert(!isToken('a; Domain=evil.example'));
    assert(!isToken('a\r\nSet-Cookie: b'));
    assert(!isToken(''));
  });

  it('is kept where no script reads it and no other site sends it', () => {
    for (const cookie of [cookieWith(token), noCookie]) {
      assert.match(cookie, /^__Host-openelb-token=/);
      for (const attribute of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Strict'])
        assert(cookie.includes(`; ${attribute}`));
      assert(!cookie.includes('Domain'));
    }
    assert.match(noCookie, /Max-Age=0/);
  });
});
