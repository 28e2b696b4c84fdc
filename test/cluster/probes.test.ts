import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grpcProbe } from '../../src/agent/tracking/grpc-probe.js';
import { type HttpTarget, httpProbe } from '../../src/agent/tracking/http-probe.js';
import { eventually } from '../lab/eventually.js';
import { type Child, startChild } from './child-process.js';
import { freePort } from './free-port.js';
import { type Cluster, startCluster } from './harness.js';

const patient = () => AbortSignal.timeout(5_000);

describe('a check of the control plane', function () {
  this.timeout(120_000);
  const assets = process.env.KUBEBUILDER_ASSETS;
  let folder: string;
  before(function () {
    if (!assets) {
      console.log(
        '    skipped: KUBEBUILDER_ASSETS names no kube-apiserver and etcd, and only real ones are of interest',
      );
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'probes-'));
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  describe('asks a kube-apiserver', () => {
    let cluster: Cluster;
    before(async () => {
      cluster = await startCluster({ audit: false });
      writeFileSync(join(folder, 'ca.crt'), cluster.certificateAuthority!);
      writeFileSync(join(folder, 'token'), cluster.token!);
      writeFileSync(join(folder, 'old-token'), 'nobody.knows.it');
    });
    after(() => cluster?.stop());
    const ask = async (over: Partial<HttpTarget> = {}) => {
      const url = `${cluster.url}/api/v1/namespaces`;
      const result = await httpProbe({ url, ...over })(patient());
      return result.ok ? 'ok' : result.reason.replace(url, 'it');
    };
    const tls = () => ({ caFile: join(folder, 'ca.crt') });

    it('which answers 403 to one that has no token, and that may be what is accepted', async () => {
      assert.equal(await ask(), 'it answers 403');
      assert.equal(await ask({ statuses: [200, 401, 403] }), 'ok');
    });
    it('with a token that it knows', async () =>
      assert.equal(await ask({ bearerTokenFile: join(folder, 'token'), tls: tls() }), 'ok'));
    it('with a token that it does not know', async () =>
      assert.equal(await ask({ bearerTokenFile: join(folder, 'old-token'), tls: tls() }), 'it answers 401'));
    it('which is the right one by its certificate only', async () => {
      assert.match(await ask({ tls: {} }), /^it: (DEPTH_ZERO_)?SELF_SIGNED|^it: UNABLE_TO/);
      assert.match(await ask({ tls: { ...tls(), serverName: 'another.name' } }), /^it: ERR_TLS_CERT_ALTNAME_INVALID/);
    });
  });

  describe('asks an etcd by gRPC', () => {
    let etcd: Child;
    let target: string;
    before(async () => {
      const [client, peer] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
      target = `127.0.0.1:${client}`;
      const flags = {
        'data-dir': join(folder, 'etcd'),
        'listen-client-urls': `http://${target}`,
        'advertise-client-urls': `http://${target}`,
        'listen-peer-urls': `http://127.0.0.1:${peer}`,
        'initial-advertise-peer-urls': `http://127.0.0.1:${peer}`,
        'initial-cluster': `default=http://127.0.0.1:${peer}`,
      };
      const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
      etcd = await startChild(join(assets!, 'etcd'), args, join(folder, 'etcd.log'));
    });
    after(() => etcd?.stop());
    const ask = async (service = '') => {
      const result = await grpcProbe({ target, service })(patient());
      return result.ok ? 'ok' : result.reason.replace(target, 'it');
    };

    it('which says that it serves once it does, knows no other service, and is gone when it has ended', async () => {
      await eventually('etcd to serve', async () => (await ask()) === 'ok', {
        withinMs: 30_000,
        onTimeout: () => etcd.tail(),
      });
      assert.equal(await ask('web'), 'it does not know service web');
      await etcd.stop();
      assert.equal(await ask(), 'it: ECONNREFUSED');
    });
  });
});
