import assert from 'node:assert/strict';
import { parseTcpTarget } from '../../../src/api/check-rules.js';
import { problemsText } from '../../../src/api/problem.js';
import { validateEip, validateVipGroup } from '../../../src/api/validate.js';

const eip = (checks: unknown) => ({
  metadata: { name: 'pool' },
  spec: { address: '192.0.2.1', protocol: 'vip', interface: 'eth0', vrrp: { checks } },
});
const textOf = (checks: unknown) => {
  const checked = validateEip(eip(checks));
  return checked.ok ? '' : problemsText(checked.problems);
};

describe('the checks of an Eip', () => {
  it('may be of every kind, with every setting', () => {
    const times = { interval: '500ms', timeout: '200ms', rise: 1, fall: 5, weight: 60 };
    const tls = { caFile: 'secrets/ca.crt', serverName: 'kubernetes' };
    const api = 'https://127.0.0.1:6443/readyz';
    assert.equal(
      textOf([
        { name: 'api', http: api, statuses: [200, 401], bearerTokenFile: 'secrets/token', tls },
        { name: 'dns', tcp: '[2001:db8::1]:53', ...times },
        { name: 'web', http: 'https://localhost:8443/healthz?full=1' },
        { name: 'disk', command: 'check_disk.sh', args: ['-w', '90'] },
        { name: 'proxy', kubeProxy: true },
        { name: 'drain', file: 'state/drain', multiplier: -254, weight: 10 },
        { name: 'health', grpc: '127.0.0.1:2379', service: 'web', tls: { caFile: 'ca.crt', serverName: 'etcd' } },
      ]),
      '',
    );
  });

  for (const [claim, check, text] of [
    ['without a name', { tcp: 'a:1' }, /^spec\.vrrp\.checks\[0\]\.name: is missing/],
    ['without a target', { name: 'a' }, /^spec\.vrrp\.checks\[0\]: has 0 targets: write exactly one of tcp/],
    ['with kubeProxy: false alone', { name: 'a', kubeProxy: false }, /has 0 targets/],
    ['with two targets', { name: 'a', tcp: 'a:1', kubeProxy: true }, /has 2 targets/],
    ['of TCP without a port', { name: 'a', tcp: 'host' }, /checks\[0\]\.tcp: is "host": it must be host:port/],
    ['of TCP at port 0', { name: 'a', tcp: 'host:0' }, /\.tcp: is "host:0"/],
    ['of TCP at port 65536', { name: 'a', tcp: 'host:65536' }, /\.tcp/],
    ['of TCP at a bare IPv6 address', { name: 'a', tcp: '::1:80' }, /IPv6 as \[2001:db8::1\]:80/],
    [
      'of TCP at an address that is none',
      { name: 'a', tcp: '10.198.0.300:80' },
      /"10\.198\.0\.300" is no IPv4 address$/,
    ],
    ['of TCP at another', { name: 'a', tcp: '[2001:db8:::1]:80' }, /\.tcp: .* "\[2001:db8:::1\]" is no IPv6 address$/],
    ['of gRPC at an address that is none', { name: 'a', grpc: '10.198.0.300:80' }, /\.grpc: .* is no IPv4 address$/],
    ['of gRPC at a name that is none', { name: 'a', grpc: '-web:80' }, /\.grpc: .* is no host name/],
    ['of HTTP by another scheme', { name: 'a', http: 'file:///etc/passwd' }, /\.http: .* URL with http/],
    ['of a program by a path', { name: 'a', command: '/bin/sh' }, /\.command: is "\/bin\/sh": .*no slash/],
    ['of a program outside', { name: 'a', command: '..' }, /\.command: is "\.\."/],
    ['of a program that is empty', { name: 'a', command: '' }, /\.command: is ""/],
    ['of gRPC without a port', { name: 'a', grpc: 'host' }, /\.grpc: is "host": it must be host:port/],
    ['of a file by a path', { name: 'a', file: '/etc/shadow' }, /\.file: is "\/etc\/shadow": .* no leading slash/],
    ['of a file outside', { name: 'a', file: 'a/../../b' }, /\.file: is "a\/\.\.\/\.\.\/b": .* below the directory/],
    ['of a hidden file', { name: 'a', file: 'a/.b' }, /\.file: is "a\/\.b"/],
    ['with multiplier 255', { name: 'a', file: 'a', multiplier: 255 }, /\.multiplier: is 255: it must be at most 254/],
    ['with arguments for nobody', { name: 'a', tcp: 'a:1', args: ['x'] }, /\.args: is for a check by command/],
    [
      'with statuses for nobody',
      { name: 'a', tcp: 'a:1', statuses: [200] },
      /\.statuses: is for a check by http: leave/,
    ],
    ['with a service for nobody', { name: 'a', http: 'http://a', service: 'b' }, /\.service: is for a check by grpc/],
    ['with a multiplier for nobody', { name: 'a', tcp: 'a:1', multiplier: 0 }, /\.multiplier: is for a check by file/],
    ['with TLS for nobody', { name: 'a', tcp: 'a:1', tls: {} }, /\.tls: is for a check by http or grpc: leave it out/],
    ['with a status that is none', { name: 'a', http: 'http://a', statuses: [99] }, /\.statuses\[0\]: is 99: .* 200/],
    ['with no status', { name: 'a', http: 'http://a', statuses: [] }, /\.statuses: is /],
    ['with TLS in the clear', { name: 'a', http: 'http://a', tls: {} }, /\.tls: is for https: leave it out/],
    [
      'with a token in the clear',
      { name: 'a', http: 'http://a', bearerTokenFile: 'b' },
      /\.bearerTokenFile: is set, but http:\/\/ would show the token to everybody: use https/,
    ],
    [
      'with a token for whoever answers',
      { name: 'a', http: 'https://a', bearerTokenFile: 'b' },
      /\.bearerTokenFile: is set, but the certificate of whoever gets the token is not verified: set tls\.caFile/,
    ],
    [
      'with a token for whoever answers, all the same',
      { name: 'a', http: 'https://a', bearerTokenFile: 'b', tls: { insecureSkipVerify: true } },
      /\.bearerTokenFile: .* leave insecureSkipVerify out/,
    ],
    [
      'with a token that is elsewhere',
      { name: 'a', http: 'https://a', bearerTokenFile: '/var/run/secrets/token', tls: {} },
      /\.bearerTokenFile: is "\/var\/run\/secrets\/token": .* below the directory/,
    ],
    [
      'with authorities that nobody looks at',
      { name: 'a', grpc: 'a:1', tls: { caFile: 'ca', insecureSkipVerify: true } },
      /\.tls\.caFile: is set, but insecureSkipVerify is true/,
    ],
    [
      'with authorities that are elsewhere',
      { name: 'a', grpc: 'a:1', tls: { caFile: '../ca' } },
      /\.tls\.caFile: is "\.\.\/ca"/,
    ],
    [
      'with an address as the name of a server',
      { name: 'a', grpc: 'a:1', tls: { serverName: '10.0.0.1' } },
      /\.tls\.serverName: is "10\.0\.0\.1": it must be the name of a host/,
    ],
    ['too often', { name: 'a', tcp: 'a:1', interval: '1ms' }, /\.interval: is "1ms": it must be 100ms to 1h/],
    ['with a timeout that is none', { name: 'a', tcp: 'a:1', timeout: 'soon' }, /\.timeout: is "soon": .*duration/],
    ['with weight 254', { name: 'a', tcp: 'a:1', weight: 254 }, /\.weight: is 254: it must be at most 253/],
  ] as const) {
    it(`are refused ${claim}`, () => assert.match(textOf([check]), text));
  }

  it('are refused when two have one name', () => {
    const check = { name: 'a', tcp: 'a:1' };
    assert.match(textOf([check, check]), /checks\[1\]\.name: is "a", as in spec\.vrrp\.checks\[0\]/);
  });

  it('are refused in a VipGroup at their place, too', () => {
    const spec = { protocol: 'vip', interface: 'eth0', addresses: ['192.0.2.1'], members: [] };
    const checked = validateVipGroup({
      metadata: { name: 'g' },
      spec: { ...spec, vrrp: { virtualRouterId: 1, checks: [{ name: 'a', command: 'a/b' }] } },
    });
    assert.ok(!checked.ok);
    assert.match(problemsText(checked.problems), /^spec\.vrrp\.checks\[0\]\.command/);
  });
});

describe('the target of a TCP check', () => {
  it('is a host and a port', () => {
    assert.deepEqual(parseTcpTarget('db.example:5432'), { host: 'db.example', port: 5432 });
    assert.deepEqual(parseTcpTarget('[fe80::1]:22'), { host: 'fe80::1', port: 22 });
  });
});
