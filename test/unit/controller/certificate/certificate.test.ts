import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { issueCertificate } from '../../../../src/controller/certificate/certificate.js';
import {
  type Credentials,
  credentialsOf,
  lifetimeMs,
  renew,
  renewalReason,
  renewBeforeMs,
  secretData,
} from '../../../../src/controller/certificate/credentials.js';
import { serveWebhook } from '../../../../src/controller/webhook/server.js';

const now = Date.parse('2030-01-01T00:00:00Z');
const name = 'openelb-webhook.openelb-system.svc';
const none: Credentials = { certificate: '', key: '', bundle: '' };

describe('a certificate of the webhook', () => {
  it('is for its names and addresses, and signed by its authority', () => {
    const { certificate, authority } = issueCertificate([name, '127.0.0.1', '2001:db8::1'], now, lifetimeMs);
    const [own, ca] = [new X509Certificate(certificate), new X509Certificate(authority)];
    assert.equal(own.checkHost(name), name);
    assert.equal(own.checkIP('127.0.0.1'), '127.0.0.1');
    assert.ok(own.checkIP('2001:db8::1'));
    assert.equal(own.checkHost('kubernetes.default.svc'), undefined);
    assert.ok(own.checkIssued(ca) && own.verify(ca.publicKey));
    assert.deepEqual([own.ca, ca.ca], [false, true]);
    assert.deepEqual(own.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  });

  it('is valid from an hour ago, for its lifetime, also beyond 2049', () => {
    for (const start of [now, Date.parse('2049-12-31T12:00:00Z'), Date.parse('2055-01-01T00:00:00Z')]) {
      const own = new X509Certificate(issueCertificate([name], start, lifetimeMs).certificate);
      assert.equal(Date.parse(own.validFrom), start - 3_600_000);
      assert.equal(Date.parse(own.validTo), start + lifetimeMs);
    }
  });

  it('takes a name longer than a common name may be', () => {
    const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.svc`;
    const own = new X509Certificate(issueCertificate([long], now, lifetimeMs).certificate);
    assert.equal(own.checkHost(long), long);
  });

  it('is what TLS clients accept, whatever name they call in SNI, and can be exchanged while serving', async () => {
    const first = issueCertificate(['127.0.0.1'], Date.now(), lifetimeMs);
    const second = issueCertificate(['127.0.0.1'], Date.now(), lifetimeMs);
    const server = await serveWebhook(
      { host: '127.0.0.1', port: 0 },
      { '/x': { answer: () => ({ status: 200, json: { a: 1 } }) } },
    );
    const call = (ca: string) =>
      new Promise<string>((resolve, reject) => {
        const o = { host: '127.0.0.1', port: server.port, path: '/x', method: 'POST', ca, agent: false };
        const calling = request(o, (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () => resolve(text));
        });
        calling.on('error', reject).end('{}');
      });
    try {
      await assert.rejects(call(first.authority));
      server.use(first);
      assert.equal(await call(first.authority), '{"a":1}');
      server.use(second);
      assert.equal(await call(second.authority), '{"a":1}');
      await assert.rejects(call(first.authority), /signature|verify|self-signed|issuer/);
    } finally {
      await server.close();
    }
  });
});

describe('the credentials of the webhook', () => {
  const fresh = renew(none, [name], now);

  it('survive the Secret', () => {
    assert.deepEqual(credentialsOf(secretData(fresh)), fresh);
    for (const data of [undefined, null, 7, [], {}, { 'tls.crt': 7, 'tls.key': null, 'ca.crt': {} }])
      assert.deepEqual(credentialsOf(data), none);
  });

  it('are used until they are about to end', () => {
    assert.equal(renewalReason(fresh, [name], now), undefined);
    assert.equal(renewalReason(fresh, [name], now + lifetimeMs - renewBeforeMs), undefined);
    assert.match(renewalReason(fresh, [name], now + lifetimeMs - renewBeforeMs + 1000) ?? '', /it ends/);
  });

  const other = renew(none, [name], now);
  for (const [claim, credentials, names, reason] of [
    ['that are missing', none, [name], /there is none yet/],
    ['with the key of another', { ...fresh, key: other.key }, [name], /its key belongs to another/],
    ['with a bundle of others', { ...fresh, bundle: other.bundle }, [name], /its authority is not in ca\.crt/],
    ['that nobody can read', { ...fresh, certificate: 'x' }, [name], /it cannot be read/],
    ['for another name', fresh, [name, 'elsewhere.svc'], /it is not for elsewhere\.svc/],
    ['for another address', fresh, ['127.0.0.1'], /it is not for 127\.0\.0\.1/],
  ] as const) {
    it(`are made anew in place of some ${claim}`, () =>
      assert.match(renewalReason(credentials, names, now) ?? '', reason));
  }

  it('are made anew where they begin in the future', () => {
    assert.match(renewalReason(fresh, [name], now - 7_200_000) ?? '', /it begins only/);
  });

  it('go on trusting the former authorities, newest first, but no dead ones and not ever more', () => {
    const certificates = (bundle: string) => bundle.match(/BEGIN/g)?.length ?? 0;
    let credentials = fresh;
    for (let years = 0; years < 6; years++) credentials = renew(credentials, [name], now + 1000 * years);
    assert.equal(certificates(credentials.bundle), 3);
    const late = renew(fresh, [name], now + 2 * lifetimeMs);
    assert.equal(certificates(late.bundle), 1);
    assert.ok(renew(fresh, [name], now).bundle.includes(fresh.bundle));
    assert.equal(certificates(renew({ ...fresh, bundle: 'spoilt' }, [name], now).bundle), 1);
  });
});
