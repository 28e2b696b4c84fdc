import assert from 'node:assert/strict';
import {
  agentPath,
  eipPath,
  injection,
  serverNames,
  type WebhookConfiguration,
} from '../../../../src/controller/webhook/configuration.js';
import { answer } from '../../../../src/controller/webhook/eip-review.js';

const eip = { metadata: { name: 'lan' }, spec: { address: '192.0.2.10', protocol: 'vip', interface: 'eth0' } };
const world = { eips: { list: () => [] }, services: { list: () => [] }, problem: () => undefined };
const review = (request: object, apiVersion = 'admission.k8s.io/v1') =>
  JSON.stringify({
    apiVersion,
    kind: 'AdmissionReview',
    request: { uid: 'u', resource: { resource: 'eips' }, ...request },
  });
const ask = (body: string, o: object = {}) => answer(body, { world: { ...world, ...o }, allServices: false });

describe('an AdmissionReview', () => {
  it('is answered with its uid in its own version', () => {
    for (const apiVersion of ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1']) {
      assert.deepEqual(ask(review({ operation: 'CREATE', object: eip }, apiVersion)), {
        status: 200,
        json: { apiVersion, kind: 'AdmissionReview', response: { uid: 'u', allowed: true } },
      });
    }
  });

  it('is refused as Invalid, with the name of the Eip before what is wrong', () => {
    const wrong = { ...eip, spec: { ...eip.spec, address: 'x' } };
    const { json } = ask(review({ operation: 'CREATE', object: wrong })) as { json: { response: { status: object } } };
    const { code, reason, message } = json.response.status as { code: number; reason: string; message: string };
    assert.deepEqual([code, reason], [422, 'Invalid']);
    assert.match(message, /^Eip lan: spec\.address: "x" is not an IP address/);
  });

  for (const [claim, request] of [
    ['of a status', { operation: 'UPDATE', subResource: 'status', object: eip, oldObject: eip }],
    ['of another kind', { operation: 'CREATE', resource: { resource: 'services' }, object: {} }],
    ['of a deletion that does not say what is deleted', { operation: 'DELETE', oldObject: null }],
    ['of something that is no object', { operation: 'CREATE', object: 7 }],
    ['of another operation', { operation: 'CONNECT', object: eip }],
  ] as const) {
    it(`${claim} is none of ours`, () => {
      assert.equal((ask(review(request)) as { json: { response: { allowed: boolean } } }).json.response.allowed, true);
    });
  }

  for (const [claim, body, reason] of [
    ['that is not JSON', '{', /not JSON/],
    ['that is something else', '{}', /not an AdmissionReview/],
    ['of an unknown version', review({}, 'admission.k8s.io/v9'), /not an AdmissionReview/],
    ['of null', 'null', /not an AdmissionReview/],
    ['without a uid', review({ uid: '' }), /uid is missing/],
  ] as const) {
    it(`${claim} is a bad request`, () => {
      const { status, text } = ask(body) as { status: number; text: string };
      assert.equal(status, 400);
      assert.match(text, reason);
    });
  }

  it('is not judged before the caches are filled, so that the API server goes on without an answer', () => {
    const behind = ask(review({ operation: 'CREATE', object: eip }), { problem: () => 'waiting for the first list' });
    assert.deepEqual(behind, { status: 503, text: 'waiting for the first list' });
  });

  it('counts the world once for every question asked of it', () => {
    const other = { ...eip, metadata: { name: 'other' } };
    function* list() {
      yield other;
    }
    const before = { ...eip, spec: { ...eip.spec, address: '192.0.2.11' } };
    const { json } = ask(review({ operation: 'UPDATE', object: eip, oldObject: before }), {
      eips: { list },
    }) as { json: { response: { allowed: boolean } } };
    assert.equal(json.response.allowed, false);
  });
});

describe('the webhook configuration', () => {
  const configuration = (...clientConfigs: readonly object[]) =>
    ({
      metadata: { name: 'x' },
      webhooks: clientConfigs.map((clientConfig) => ({ name: 'w', clientConfig })),
    }) as WebhookConfiguration;
  const service = { service: { name: 'openelb-webhook', namespace: 'lb', path: '/' } };

  it('says the names that the certificate must be for', () => {
    const all = configuration(
      service,
      { url: 'https://[2001:db8::1]:9443/x' },
      { url: 'https://127.0.0.1:9443' },
      service,
    );
    assert.deepEqual(serverNames(all), ['127.0.0.1', '2001:db8::1', 'openelb-webhook.lb.svc']);
    assert.deepEqual(serverNames({ metadata: { name: 'x' } }), []);
  });

  it('is changed only where it does not trust the bundle yet', () => {
    const caBundle = Buffer.from('pem').toString('base64');
    const some = configuration({ ...service, caBundle }, service, { ...service, caBundle: 'Cg==' });
    assert.deepEqual(
      injection(some, { bundle: 'pem', pathToken: 'a1' }).map(({ path, value }) => [path, value]),
      [
        ['/webhooks/1/clientConfig/caBundle', caBundle],
        ['/webhooks/2/clientConfig/caBundle', caBundle],
      ],
    );
    assert.deepEqual(injection(configuration({ ...service, caBundle }), { bundle: 'pem', pathToken: 'a1' }), []);
  });

  it('is made to call our webhooks by a path that only it knows, and others as they are', () => {
    const caBundle = Buffer.from('pem').toString('base64');
    const paths = (name: string, clientConfig: object) => {
      const webhooks = [{ name, clientConfig: { caBundle, ...clientConfig } }];
      const operations = injection({ metadata: { name: 'x' }, webhooks }, { bundle: 'pem', pathToken: 'b2' });
      return operations.map(({ path, value }) => `${path.replace('/webhooks/0/clientConfig/', '')} ${value}`);
    };
    const at = (path?: string) => ({ service: { name: 's', namespace: 'lb', ...(path && { path }) } });
    const eip = 'validate.eip.network.kubesphere.io';
    assert.deepEqual(paths(eip, at()), [`service/path ${eipPath}/b2`]);
    assert.deepEqual(paths(eip, at(eipPath)), [`service/path ${eipPath}/b2`]);
    assert.deepEqual(paths(eip, at(`${eipPath}/a1`)), [`service/path ${eipPath}/b2`]);
    assert.deepEqual(paths(eip, at(`${eipPath}/b2`)), []);
    assert.deepEqual(paths(eip, { url: `https://proxy/prefix${eipPath}` }), [`url https://proxy/prefix${eipPath}/b2`]);
    assert.deepEqual(paths(eip, at('/elsewhere')), []);
    assert.deepEqual(paths('somebody.else', at()), []);
    assert.deepEqual(paths('status.own-entries.network.kubesphere.io', at()), [`service/path ${agentPath}/b2`]);
  });
});
