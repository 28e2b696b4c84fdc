import assert from 'node:assert/strict';
import {
  type Credentials,
  credentialsOf,
  lifetimeMs,
  renewBeforeMs,
} from '../../../../src/controller/certificate/credentials.js';
import { type CertificateKeeper, keepCertificate } from '../../../../src/controller/webhook/certificate-keeper.js';
import type { WebhookConfiguration } from '../../../../src/controller/webhook/configuration.js';
import { ApiError } from '../../../../src/platform/kubernetes/api-error.js';
import type { ApiClient, JsonPatchOperation } from '../../../../src/platform/kubernetes/client.js';
import { createManualClock, type ManualClock } from '../../platform/kubernetes/manual-clock.js';

interface Stored {
  metadata: { name: string; resourceVersion?: string };
  data?: object;
}

/** A server with one Secret and one configuration, which refuses what is out of date. */
function createServer() {
  const service = { name: 'openelb-webhook', namespace: 'lb' };
  const state = {
    secret: undefined as Stored | undefined,
    configuration: { metadata: { name: 'c' }, webhooks: [{ name: 'w', clientConfig: { service } }] } as
      | WebhookConfiguration
      | undefined,
    failing: undefined as Error | undefined,
    version: 0,
  };
  const conflict = () => new ApiError({ method: 'PUT', path: '/', code: 409, status: { reason: 'Conflict' } });
  const client = {
    async get({ kind }: { kind: string }) {
      if (state.failing) throw state.failing;
      return kind === 'Secret' ? state.secret : state.configuration;
    },
    async create(_: unknown, object: Stored) {
      if (state.secret) throw conflict();
      state.secret = { ...object, metadata: { ...object.metadata, resourceVersion: String(++state.version) } };
    },
    async replace(_: unknown, object: Stored) {
      if (object.metadata.resourceVersion !== state.secret?.metadata.resourceVersion) throw conflict();
      state.secret = { ...object, metadata: { ...object.metadata, resourceVersion: String(++state.version) } };
    },
    async jsonPatch(_: unknown, __: string, operations: readonly JsonPatchOperation[]) {
      const [{ name, clientConfig } = { name: 'w', clientConfig: {} }] = state.configuration?.webhooks ?? [];
      const value = (field: string) => operations.find(({ path }) => path.endsWith(field))?.value as string | undefined;
      const path = value('/service/path') ?? clientConfig.service?.path;
      const caBundle = value('/caBundle') ?? clientConfig.caBundle ?? '';
      const config = { service: { ...service, ...(path && { path }) }, caBundle };
      state.configuration = { metadata: { name: 'c' }, webhooks: [{ name, clientConfig: config }] };
    },
  } as unknown as ApiClient;
  const bundle = () =>
    Buffer.from(state.configuration?.webhooks?.[0]?.clientConfig.caBundle ?? '', 'base64').toString();
  return { state, client, bundle };
}

describe('the keeper of the certificate', () => {
  let server: ReturnType<typeof createServer>;
  let clock: ManualClock;
  let lines: string[];
  let keepers: CertificateKeeper[];
  /** That each keeper has served by, one after the other. */
  let tokens: string[][];

  beforeEach(() => {
    server = createServer();
    clock = createManualClock();
    lines = [];
    keepers = [];
    tokens = [];
  });
  afterEach(() => Promise.all(keepers.map((keeper) => keeper.stop())));

  const settled = async () => {
    for (let turns = 0; turns < 30; turns++) await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settled();
  };
  const start = async () => {
    const served: { certificate: string; trusted: boolean }[] = [];
    tokens.push([]);
    const told = tokens.at(-1)!;
    const note = (message: string) => void lines.push(message);
    keepers.push(
      keepCertificate({
        client: server.client,
        namespace: 'lb',
        clock,
        log: { debug: note, info: note, warn: note, error: note },
        onServe: ({ certificate, bundle, pathToken }: Credentials & { readonly pathToken: string }) => {
          told.push(pathToken);
          served.push({ certificate, trusted: server.bundle() === bundle });
        },
      }),
    );
    await settled();
    return served;
  };
  const inSecret = () => credentialsOf(server.state.secret?.data).certificate;

  it('serves nothing that the configuration does not trust yet', async () => {
    const served = await start();
    assert.deepEqual(served, [{ certificate: inSecret(), trusted: true }]);
  });

  it('shares one certificate among replicas that start together', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    await pass(1000);
    assert.deepEqual(first, second);
    assert.equal(first.at(-1)?.certificate, inSecret());
  });

  it('makes another before the end, which all replicas go over to', async () => {
    const [first, second] = [await start(), await start()];
    const before = inSecret();
    await pass(lifetimeMs - renewBeforeMs - 120_000);
    assert.equal(inSecret(), before);
    for (let minutes = 0; minutes < 5; minutes++) await pass(60_000);
    assert.notEqual(inSecret(), before);
    for (const served of [first, second]) {
      assert.deepEqual(served.at(-1), { certificate: inSecret(), trusted: true });
      assert.equal(served.length, 2);
    }
  });

  it('serves by a path that the configuration says and the Secret does not, the same for all replicas', async () => {
    const name = 'status.own-entries.network.kubesphere.io';
    const service = { name: 'openelb-webhook', namespace: 'lb' };
    server.state.configuration = { metadata: { name: 'c' }, webhooks: [{ name, clientConfig: { service } }] };
    await Promise.all([start(), start()]);
    await pass(60_000);
    const { path = '' } = server.state.configuration?.webhooks?.[0]?.clientConfig.service ?? {};
    const [, token = ''] = /^\/validate-own-entries\/([0-9a-f]{48})$/.exec(path) ?? [];
    assert.deepEqual(
      tokens.map((each) => each.at(-1)),
      [token, token],
    );
    assert.ok(!JSON.stringify(server.state.secret).includes(Buffer.from(token).toString('base64').slice(4, 40)));
    // As after an older chart was applied: all come to one again.
    server.state.configuration = { metadata: { name: 'c' }, webhooks: [{ name, clientConfig: { service } }] };
    for (let minutes = 0; minutes < 2; minutes++) await pass(60_000);
    const renewed = server.state.configuration?.webhooks?.[0]?.clientConfig.service?.path;
    assert.deepEqual(
      tokens.map((each) => `/validate-own-entries/${each.at(-1)}`),
      [renewed, renewed],
    );
  });

  it('writes nothing while everything is as it should be', async () => {
    await start();
    const { version } = server.state;
    const { configuration } = server.state;
    for (let minutes = 0; minutes < 5; minutes++) await pass(60_000);
    assert.equal(server.state.version, version);
    assert.equal(server.state.configuration, configuration);
  });

  it('puts its authority back when somebody takes it out', async () => {
    await start();
    const bundle = server.bundle();
    server.state.configuration = {
      metadata: { name: 'c' },
      webhooks: [{ name: 'w', clientConfig: { url: 'https://openelb-webhook.lb.svc' } }],
    };
    await pass(60_000);
    assert.equal(server.bundle(), bundle);
  });

  it('says once that there is no configuration, and starts to serve when it comes', async () => {
    const { configuration } = server.state;
    server.state.configuration = undefined;
    const served = await start();
    for (let minutes = 0; minutes < 3; minutes++) await pass(60_000);
    assert.equal(lines.filter((line) => line.startsWith('nobody calls the webhook')).length, 1);
    assert.deepEqual(served, []);
    server.state.configuration = configuration;
    await pass(60_000);
    assert.equal(served.length, 1);
  });

  it('goes on trying when the API server fails, and says so once', async () => {
    server.state.failing = new Error('away');
    const served = await start();
    for (let times = 0; times < 4; times++) await pass(5000);
    assert.deepEqual(lines, ['cannot keep the certificate of the webhook, retrying: away']);
    server.state.failing = undefined;
    await pass(5000);
    assert.equal(served.length, 1);
  });
});
