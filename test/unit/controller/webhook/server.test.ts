import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { connect, type TLSSocket } from 'node:tls';
import { execa } from 'execa';
import { issueCertificate } from '../../../../src/controller/certificate/certificate.js';
import { loadClientAuthority } from '../../../../src/controller/webhook/client-authority.js';
import { agentPath, eipPath } from '../../../../src/controller/webhook/configuration.js';
import { answer } from '../../../../src/controller/webhook/eip-review.js';
import { createIntake, maxBodyBytes } from '../../../../src/controller/webhook/intake.js';
import { jsonExcess } from '../../../../src/controller/webhook/json-bounds.js';
import { serveWebhook, type WebhookServer } from '../../../../src/controller/webhook/server.js';

const world = { eips: { list: () => [] }, services: { list: () => [] }, problem: () => undefined };
const reviews = (body: string) => answer(body, { world, allServices: false });
const routes = { [eipPath]: { answer: reviews } };
const eip = (more: object = {}) => ({
  metadata: { name: 'lan' },
  spec: { address: '192.0.2.10', protocol: 'vip', interface: 'eth0', ...more },
});
const review = (object: unknown) =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u', operation: 'CREATE', resource: { resource: 'eips' }, object },
  });

describe('the server of the webhook', () => {
  const issued = issueCertificate(['127.0.0.1'], Date.now(), 3_600_000);
  let server: WebhookServer;

  beforeEach(async () => {
    server = await serveWebhook({ host: '127.0.0.1', port: 0 }, routes);
    server.use(issued);
  });
  afterEach(() => server.close());

  const trusted = () => ({ host: '127.0.0.1', port: server.port, ca: issued.authority });
  async function post(body: string | undefined, o: RequestOptions = {}): Promise<{ status: number; text: string }> {
    const headers = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const call = httpsRequest({ ...trusted(), path: eipPath, method: 'POST', agent: false, headers, ...o });
    // It may end the connection while we are still writing.
    const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
      call.on('response', async (response) => {
        let text = '';
        try {
          for await (const chunk of response) text += chunk;
        } catch {}
        resolve({ status: response.statusCode ?? 0, text });
      });
      call.on('error', reject);
    });
    call.end(body);
    return answered;
  }

  it('answers a review', async () => {
    const { status, text } = await post(review(eip()));
    assert.deepEqual([status, JSON.parse(text).response], [200, { uid: 'u', allowed: true }]);
  });

  it('refuses a body that is too large by what its headers say, before a byte of it has come', async () => {
    const headers = { 'content-length': 7_300_000 };
    const call = httpsRequest({ ...trusted(), path: eipPath, method: 'POST', agent: false, headers });
    call.flushHeaders();
    const [response] = await once(call, 'response');
    assert.equal(response.statusCode, 413);
    call.destroy();
  });

  describe('at the path that only the configuration tells', () => {
    const pathToken = 'a1b2'.repeat(12);
    const seen: boolean[] = [];
    const guarded = {
      ...routes,
      [eipPath]: {
        answer: (body: string, isKnown: boolean) => {
          seen.push(isKnown);
          return reviews(body);
        },
      },
      [agentPath]: {
        answer: () => ({ status: 200, json: { judged: true } }) as const,
        unread: (head: string, why: string) => ({ status: 200, json: { head: head.length, why } }) as const,
        onlyKnown: true,
      },
    };
    beforeEach(async () => {
      await server.close();
      server = await serveWebhook({ host: '127.0.0.1', port: 0 }, guarded);
      server.use({ ...issued, pathToken });
    });

    it('knows the API server, and at others nobody', async () => {
      seen.length = 0;
      for (const path of [`${eipPath}/${pathToken}`, eipPath])
        assert.equal((await post(review(eip()), { path })).status, 200);
      assert.deepEqual(seen, [true, false]);
    });

    it('serves what it serves nobody else, who is not told of it either', async () => {
      assert.deepEqual(JSON.parse((await post('{}', { path: `${agentPath}/${pathToken}` })).text), { judged: true });
      for (const path of [agentPath, `${agentPath}/`, `${agentPath}/${'0'.repeat(48)}`, `/${pathToken}`]) {
        const { status, text } = await post('{}', { path });
        assert.deepEqual([status, text], [404, `known paths: ${eipPath}\n`]);
      }
    });

    it('is closed while there is no token', async () => {
      server.use({ ...issued, pathToken: '' });
      for (const path of [agentPath, `${agentPath}/`]) assert.equal((await post('{}', { path })).status, 404);
    });

    it('answers also where the body is too large or not to be parsed, so that the API server does not go on without', async () => {
      const path = `${agentPath}/${pathToken}`;
      const large = await post('x'.repeat(maxBodyBytes + 1_000_000), { path });
      assert.equal(large.status, 200, large.text);
      assert.match(large.text, /"head":16384,"why":"the body has more than/);
      const deep = await post('['.repeat(1_000), { path });
      assert.match(deep.text, /"why":"the body is not read: it nests/);
    });

    it('answers while others use up what they may send', async () => {
      let refused = 0;
      const body = 'x'.repeat(1_000_000);
      for (let i = 0; i < 20 && refused === 0; i += 1) refused += (await post(body)).status === 503 ? 1 : 0;
      assert.equal(refused, 1);
      assert.equal((await post('{}', { path: `${agentPath}/${pathToken}` })).status, 200);
    });
  });

  it('refuses a body without a length', async () => {
    const { status } = await post('{}', { headers: { 'transfer-encoding': 'chunked' } });
    assert.equal(status, 411);
  });

  it('reads no more than a few bodies at once, and says so to the others', async () => {
    const half = (await Promise.all(
      [1, 2].map(async () => {
        const headers = { 'content-length': maxBodyBytes };
        const call = httpsRequest({ ...trusted(), path: eipPath, method: 'POST', agent: false, headers });
        call.on('error', () => {});
        call.write('{');
        await once(call, 'socket');
        return call;
      }),
    )) as { destroy(): void }[];
    let refused: { status: number } | undefined;
    for (let i = 0; i < 200 && refused?.status !== 503; i += 1) refused = await post(review(eip()));
    assert.equal(refused?.status, 503);
    for (const call of half) call.destroy();
  });

  it('closes the oldest connection when there are too many, and serves the newest', async () => {
    const sockets: TLSSocket[] = [];
    let closed = 0;
    for (let i = 0; i < 80; i += 1) {
      const socket = connect(trusted());
      socket
        .on('error', () => {})
        .on('close', () => {
          closed += 1;
        });
      sockets.push(socket);
      await once(socket, 'secureConnect');
    }
    assert.equal((await post(review(eip()))).status, 200);
    assert.ok(closed >= 16, `${closed} were closed`);
    for (const socket of sockets) socket.destroy();
  });

  it('ends a connection whose headers do not come', async function () {
    this.timeout(15_000);
    const socket = connect(trusted());
    await once(socket, 'secureConnect');
    socket.on('error', () => {});
    socket.resume();
    socket.write('POST / HTTP/1.1\r\nhost: x\r\n');
    await once(socket, 'close');
  });

  it('keeps its thread free whatever is sent: no turn of the event loop takes long', async function () {
    this.timeout(30_000);
    const room = maxBodyBytes - 1_000;
    const bodies = [
      'x'.repeat(room),
      `${'['.repeat(room / 2)}${']'.repeat(room / 2)}`,
      review(eip({ namespaces: Array(Math.floor(room / 3)).fill(1) })),
      review(eip({ address: '192.0.2.1,'.repeat(room / 10 - 50) })),
      review(eip({ address: `${'1'.repeat(room - 500)}` })),
      review(eip(Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`field-${at}`, at])))),
    ];
    for (const body of bodies) {
      assert.ok(Buffer.byteLength(body) <= maxBodyBytes);
      const judged = Buffer.from(body);
      // The collector of a process full of tests takes its time, which counts as well: what one try in ten shows is ours.
      let best = Number.POSITIVE_INFINITY;
      for (let tries = 0; tries < 10 && best >= 60; tries += 1) {
        const began = cpuMs();
        if (jsonExcess(judged) === undefined) reviews(judged.toString());
        best = Math.min(best, cpuMs() - began);
      }
      assert.ok(best < 60, `${body.slice(0, 100)}: ${best} ms`);
    }
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const large = 'x'.repeat(7_300_000);
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => post(large)));
    delay.disable();
    for (const each of answers) assert.ok(each.status === 'rejected' || each.value.status === 413);
    assert.equal((await post(review(eip()))).status, 200);
  });

  describe('where the API server has a client certificate', () => {
    let folder: string;
    const file = (name: string) => join(folder, name);

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'openelb-client-'));
      await writeFile(file('ext'), 'extendedKeyUsage=clientAuth\n');
      for (const authority of ['ca', 'other']) {
        const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
        const out = ['-keyout', file(`${authority}.key`), '-out', file(`${authority}.crt`)];
        await execa('openssl', ['req', '-x509', '-days', '1', '-subj', `/CN=${authority}`, ...key, ...out]);
      }
      for (const [name, authority] of [
        ['kube-apiserver', 'ca'],
        ['kubelet', 'ca'],
        ['stranger', 'other'],
      ] as const) {
        const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
        const subject = ['-subj', `/CN=${name === 'stranger' ? 'kube-apiserver' : name}`];
        await execa('openssl', [
          'req',
          ...key,
          ...subject,
          '-keyout',
          file(`${name}.key`),
          '-out',
          file(`${name}.csr`),
        ]);
        const signer = ['-CA', file(`${authority}.crt`), '-CAkey', file(`${authority}.key`), '-CAcreateserial'];
        const out = ['-extfile', file('ext'), '-days', '1', '-out', file(`${name}.crt`)];
        await execa('openssl', ['x509', '-req', '-in', file(`${name}.csr`), ...signer, ...out]);
      }
    });
    after(() => rm(folder, { recursive: true }));

    beforeEach(async () => {
      await server.close();
      const clients = await loadClientAuthority(file('ca.crt'), ['kube-apiserver']);
      server = await serveWebhook({ host: '127.0.0.1', port: 0 }, routes, clients);
      server.use(issued);
    });

    const as = async (name: string) => {
      const { readFile } = await import('node:fs/promises');
      return { cert: await readFile(file(`${name}.crt`)), key: await readFile(file(`${name}.key`)) };
    };

    it('answers the API server', async () => {
      assert.equal((await post(review(eip()), await as('kube-apiserver'))).status, 200);
    });

    it('answers nobody without a certificate, nor with one of another authority', async () => {
      await assert.rejects(post(review(eip())));
      await assert.rejects(post(review(eip()), await as('stranger')));
    });

    it('tells others of the same authority only that they may not call', async () => {
      const { status, text } = await post(review(eip()), await as('kubelet'));
      assert.deepEqual([status, text], [403, 'this client certificate is none of those that may call\n']);
    });
  });

  it('does not start with an authority that is no help', async () => {
    await assert.rejects(loadClientAuthority('/nowhere', []), /--webhook-client-ca \/nowhere cannot be read/);
  });
});

describe('the weight of a JSON text', () => {
  it('is told without parsing, with strings skipped', () => {
    assert.equal(
      jsonExcess(Buffer.from(JSON.stringify({ a: '[[["\\\\"'.repeat(100_000), b: [1, { c: 2 }] }))),
      undefined,
    );
    assert.match(jsonExcess(Buffer.from('['.repeat(100))) ?? '', /nests more than 64 deep/);
    assert.match(jsonExcess(Buffer.from(`[${'1,'.repeat(100_001)}`)) ?? '', /more than 60000 parts/);
    assert.equal(jsonExcess(Buffer.from('"never ends')), undefined);
  });
});

describe('what the webhook takes in', () => {
  it('is bounded in each body, in all at once, and over time', () => {
    const intake = createIntake();
    assert.equal(intake.ask(undefined, 0), 'no-length');
    assert.equal(intake.ask('-1', 0), 'no-length');
    assert.equal(intake.ask(String(maxBodyBytes + 1), 0), 'too-large');
    assert.equal(intake.ask(String(maxBodyBytes), 0), 'take');
    assert.equal(intake.ask(String(maxBodyBytes), 0), 'take');
    assert.equal(intake.ask('1000', 0), 'too-much');
    assert.equal(intake.ask('1000', 100), 'too-much', 'both are still in hand');
    intake.done(maxBodyBytes);
    assert.equal(intake.ask('1000', 100), 'take');
    assert.equal(intake.ask(String(maxBodyBytes), 100), 'too-much', 'so much has not come back yet');
    intake.done(maxBodyBytes);
    assert.equal(intake.ask(String(maxBodyBytes), 2_000), 'take');
  });
});

/** What this process has used of processors, in milliseconds: other programs may keep it from them. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
