import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodes } from '../../../../src/platform/kubernetes/builtin-resources.js';
import { openClient } from '../../../../src/platform/kubernetes/client.js';
import { fixedConnection, loadConnection } from '../../../../src/platform/kubernetes/connection.js';
import type { ConnectionError, ConnectionFailure } from '../../../../src/platform/kubernetes/connection-error.js';
import { answer, type FaultServer, startFaultServer, status } from './fault-server.js';
import { createManualClock, type ManualClock } from './manual-clock.js';
import { startHttpProxy, startSocksProxy } from './proxies.js';

const certificates = join(import.meta.dirname, 'certificates');
const certificate = (name: string) => join(certificates, name);
const pem = (name: string) => readFileSync(certificate(name));

describe('a connection', () => {
  let directory: string;
  let clock: ManualClock;
  let servers: FaultServer[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'connection-'));
    clock = createManualClock();
    servers = [];
  });

  afterEach(async () => {
    for (const server of servers) await server.stop();
    rmSync(directory, { recursive: true });
  });

  async function serve(tls?: { name?: string; clients?: boolean }): Promise<FaultServer> {
    const name = tls?.name ?? 'server';
    const clients = tls?.clients ? { ca: pem('ca.crt'), requestCert: true, rejectUnauthorized: true } : {};
    const server = await startFaultServer(
      tls ? { tls: { cert: pem(`${name}.crt`), key: pem(`${name}.key`), ...clients } } : {},
    );
    servers.push(server);
    return server;
  }

  function file(name: string, content: string | object): string {
    const path = join(directory, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  /** A kubeconfig with one of each; JSON is YAML too. */
  const kubeconfig = (server: string, o: { cluster?: object; user?: object; context?: object; name?: string } = {}) => {
    const name = o.name ?? 'it';
    return {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      contexts: [{ name, context: { cluster: name, user: name, ...o.context } }],
      clusters: [{ name, cluster: { server, ...o.cluster } }],
      users: [{ name, user: o.user ?? {} }],
    };
  };

  async function listWith(kubeconfigFile: string) {
    const connection = await loadConnection({ kubeconfig: kubeconfigFile, env: {}, clock });
    const client = openClient(connection, { clock });
    try {
      await client.list(nodes);
    } finally {
      client.close();
    }
    return connection;
  }

  const failing = (run: Promise<unknown>, kind: ConnectionFailure, ...says: (RegExp | string)[]) =>
    assert.rejects(run, (error: ConnectionError) => {
      // By name: the test runner loads what is imported dynamically as a second copy of the class.
      assert.equal(error.name, 'ConnectionError', String(error));
      for (const each of says) {
        assert.ok(
          typeof each === 'string' ? error.message.includes(each) : each.test(error.message),
          `${each} in: ${error.message}`,
        );
      }
      assert.equal(error.kind, kind);
      return true;
    });

  describe('from a kubeconfig', () => {
    it('trusts its certificate authority and presents its client certificate, as files beside it', async () => {
      const server = await serve({ clients: true });
      for (const name of ['ca.crt', 'client.crt', 'client.key']) symlinkSync(certificate(name), join(directory, name));
      const user = { 'client-certificate': 'client.crt', 'client-key': 'client.key' };
      const connection = await listWith(
        file('config', kubeconfig(server.url, { cluster: { 'certificate-authority': 'ca.crt' }, user })),
      );
      assert.equal(connection.origin, `kubeconfig ${directory}/config, context it`);
      assert.equal(connection.namespace, 'default');
      assert.equal(server.requests.length, 1);
    });

    it('takes certificates as data, and the namespace of the context', async () => {
      const server = await serve({ clients: true });
      const data = (name: string) => pem(name).toString('base64');
      const cluster = { 'certificate-authority-data': data('ca.crt') };
      const user = { 'client-certificate-data': data('client.crt'), 'client-key-data': data('client.key') };
      const connection = await listWith(
        file('config', kubeconfig(server.url, { cluster, user, context: { namespace: 'x' } })),
      );
      assert.equal(connection.namespace, 'x');
      assert.equal(server.requests.length, 1);
    });

    it('honours tls-server-name', async () => {
      const server = await serve({ name: 'named' });
      const cluster = { 'certificate-authority': certificate('ca.crt') };
      await failing(
        listWith(file('config', kubeconfig(server.url, { cluster }))),
        'tls',
        server.url,
        'tls-server-name',
      );
      await listWith(
        file('config', kubeconfig(server.url, { cluster: { ...cluster, 'tls-server-name': 'kube.example.com' } })),
      );
    });

    it('honours insecure-skip-tls-verify', async () => {
      const server = await serve({});
      await listWith(file('config', kubeconfig(server.url, { cluster: { 'insecure-skip-tls-verify': true } })));
    });

    for (const [what, user, authorization] of [
      ['a token', { token: 't' }, 'Bearer t'],
      ['a user name and password', { username: 'u', password: 'p' }, `Basic ${Buffer.from('u:p').toString('base64')}`],
      ['a token file before a token', { token: 't', tokenFile: 'token' }, 'Bearer of-file'],
      ['nothing', {}, undefined],
    ] as const) {
      it(`authenticates with ${what}`, async () => {
        const server = await serve();
        file('token', 'of-file\n');
        await listWith(file('config', kubeconfig(server.url, { user })));
        assert.equal(server.requests[0]?.headers.authorization, authorization);
      });
    }

    it('impersonates whom it names, with groups, uid and what else is known of them', async () => {
      const server = await serve();
      const extra = { 'Scopes/x': ['view', 'edit'], reason: ['audit'] };
      const user = { token: 't', as: 'somebody', 'as-groups': ['dev', 'ops'], 'as-uid': '17', 'as-user-extra': extra };
      await listWith(file('config', kubeconfig(server.url, { user })));
      const { headers } = server.requests[0]!;
      assert.equal(headers.authorization, 'Bearer t');
      assert.equal(headers['impersonate-user'], 'somebody');
      assert.equal(headers['impersonate-group'], 'dev, ops', 'Node joins what came twice');
      assert.equal(headers['impersonate-uid'], '17');
      assert.equal(headers['impersonate-extra-scopes%2fx'], 'view, edit');
      assert.equal(headers['impersonate-extra-reason'], 'audit');
    });

    const proxies = {
      http: () => startHttpProxy(),
      https: () => startHttpProxy({ cert: pem('server.crt'), key: pem('server.key') }),
      socks5: startSocksProxy,
    };
    for (const [scheme, start] of Object.entries(proxies)) {
      it(`reaches the server by the ${scheme} proxy of its proxy-url, verifying the server all the same`, async () => {
        const server = await serve({});
        const proxy = await start();
        try {
          const cluster = {
            'certificate-authority': certificate('ca.crt'),
            'proxy-url': `${scheme}://me:secret@127.0.0.1:${proxy.port}`,
          };
          const config = file('config', kubeconfig(server.url, { cluster, user: { token: 't' } }));
          const { origin } = await listWith(config);
          assert.deepEqual(proxy.asked, [new URL(server.url).host]);
          assert.equal(server.requests[0]?.headers.authorization, 'Bearer t');
          assert.match(origin, new RegExp(`by the proxy ${scheme}://127\\.0\\.0\\.1:${proxy.port}$`), 'no password');
          const other = { ...cluster, 'certificate-authority': certificate('other-ca.crt') };
          await failing(listWith(file('config', kubeconfig(server.url, { cluster: other }))), 'tls', 'by the proxy');
        } finally {
          await proxy.stop();
        }
      });
    }

    it('does not speak with a proxy of HTTPS whose certificate nobody vouches for, unless it is to verify nothing', async () => {
      const server = await serve({});
      const proxy = await startHttpProxy({ cert: pem('server.crt'), key: pem('server.key') });
      try {
        const url = `https://127.0.0.1:${proxy.port}`;
        const other = { 'certificate-authority': certificate('other-ca.crt'), 'proxy-url': url };
        await failing(
          listWith(file('config', kubeconfig(server.url, { cluster: other }))),
          'tls',
          `by the proxy ${url}`,
        );
        assert.deepEqual(proxy.asked, []);
        const lax = { 'insecure-skip-tls-verify': true, 'proxy-url': url };
        await listWith(file('config', kubeconfig(server.url, { cluster: lax })));
        assert.equal(proxy.asked.length, 1);
      } finally {
        await proxy.stop();
      }
    });

    it('says which proxy it was that does not answer, or refuses', async () => {
      const proxy = await startHttpProxy();
      const cluster = { 'proxy-url': `http://127.0.0.1:${proxy.port}` };
      const path = file('config', kubeconfig('https://192.0.2.1:6443', { cluster }));
      await failing(listWith(path), 'interrupted', `by the proxy http://127.0.0.1:${proxy.port}`, '502');
      await proxy.stop();
      await failing(listWith(path), 'unreachable', `by the proxy http://127.0.0.1:${proxy.port}`);
    });

    it('reads over entries that are not complete and that its current context does not name', async () => {
      const server = await serve();
      const config = kubeconfig(server.url, { user: { token: 't' } });
      await listWith(
        file('config', {
          ...config,
          contexts: [{ name: 'left-over', context: { namespace: 'x' } }, ...config.contexts],
          clusters: [{ name: 'left-over', cluster: {} }, ...config.clusters],
          users: [{ user: {} }, ...config.users],
        }),
      );
      assert.equal(server.requests[0]?.headers.authorization, 'Bearer t');
    });

    it('needs no user, and takes certificates as data before those as files', async () => {
      const server = await serve({});
      const cluster = {
        'certificate-authority': certificate('other-ca.crt'),
        'certificate-authority-data': pem('ca.crt').toString('base64'),
      };
      await listWith(file('config', kubeconfig(server.url, { cluster, context: { user: '' } })));
      assert.equal(server.requests.length, 1);
    });

    it('follows a tokenFile as it changes, looking at most once a minute', async () => {
      const server = await serve();
      file('token', 'first\n');
      const connection = await loadConnection({
        kubeconfig: file('config', kubeconfig(server.url, { user: { tokenFile: 'token' } })),
        env: {},
        clock,
      });
      const bearer = async () => (await connection.credentials()).headers.authorization;
      assert.equal(await bearer(), 'Bearer first');
      file('token', 'second\n');
      clock.advance(59_999);
      assert.equal(await bearer(), 'Bearer first');
      clock.advance(1);
      assert.equal(await bearer(), 'Bearer second');
    });

    it('runs an exec plugin, once, and again when the server refuses what it gave', async function () {
      this.timeout(60_000); // the first use of a plugin loads client-node
      const server = await serve();
      const runs = join(directory, 'runs');
      const plugin = file(
        'plugin',
        `#!/bin/sh\necho x >> ${runs}\nprintf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"%s-%s"}}' "$PREFIX" "$(wc -l < ${runs})"\n`,
      );
      chmodSync(plugin, 0o755);
      const exec = {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: plugin,
        env: [{ name: 'PREFIX', value: 'token' }],
        interactiveMode: 'Never',
      };
      const connection = await loadConnection({
        kubeconfig: file('config', kubeconfig(server.url, { user: { exec } })),
        env: {},
        clock,
      });
      const client = openClient(connection, { clock });
      await client.list(nodes);
      await client.list(nodes);
      const heal = server.fault(({ headers }, response) =>
        headers.authorization === 'Bearer token-1'
          ? answer(response, 401, status(401, 'Unauthorized', 'expired'))
          : false,
      );
      await client.list(nodes);
      heal();
      client.close();
      assert.deepEqual(
        server.requests.map(({ headers }) => headers.authorization),
        ['Bearer token-1', 'Bearer token-1', 'Bearer token-1', 'Bearer token-2'],
      );
    });

    it('is looked for in KUBECONFIG, several files with the first to define a thing winning', async () => {
      const server = await serve();
      const one = file('one', { ...kubeconfig(server.url, { user: { token: 'one' } }), 'current-context': undefined });
      const two = file('two', kubeconfig('https://elsewhere:6443', { user: { token: 'two' } }));
      const connection = await loadConnection({ env: { KUBECONFIG: `${one}:${two}` }, clock });
      assert.equal(connection.server.href, `${server.url}/`);
      assert.equal((await connection.credentials()).headers.authorization, 'Bearer one');
    });

    it('comes before KUBECONFIG, and KUBECONFIG before the service account', async () => {
      const server = await serve();
      const path = file('config', kubeconfig(server.url));
      const env = { KUBERNETES_SERVICE_HOST: '192.0.2.1', KUBERNETES_SERVICE_PORT: '443' };
      assert.match(
        (await loadConnection({ kubeconfig: path, env: { ...env, KUBECONFIG: '/none' } })).origin,
        /config, context it/,
      );
      assert.match((await loadConnection({ env: { ...env, KUBECONFIG: path } })).origin, /config, context it/);
    });

    describe('that cannot be used, says so, naming the file and the remedy:', () => {
      const load = (content: string | object) =>
        loadConnection({ kubeconfig: file('config', content), env: {}, clock });
      const good = kubeconfig('https://192.0.2.1:6443');
      const cases: [string, string | object, ConnectionFailure, (RegExp | string)[]][] = [
        ['not YAML', 'a: [', 'configuration', ['cannot use the kubeconfig', '--kubeconfig']],
        ['empty', '', 'configuration', ['cannot use the kubeconfig']],
        ['only a comment', '# later\n', 'configuration', ['it is empty or no mapping. Write a kubeconfig']],
        [
          'small, and large when it is written out',
          `a0: &a0 [x, x]\n${[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `a${n}: &a${n} [${`*a${n - 1}, `.repeat(9)}]\n`).join('')}`,
          'configuration',
          [/no current-context.*use-context/],
        ],
        [
          'no current context',
          { ...good, 'current-context': '' },
          'configuration',
          [/no current-context.*use-context/],
        ],
        [
          'an unknown context',
          { ...good, 'current-context': 'other' },
          'configuration',
          [/current-context is other.*contexts \(it\)/],
        ],
        [
          'an unknown cluster',
          { ...good, clusters: [] },
          'configuration',
          [/context it names the cluster it, which it does not define/],
        ],
        [
          'an unknown user',
          { ...good, users: [] },
          'configuration',
          [/context it names the user it, which it does not define/],
        ],
        [
          'a cluster without a server',
          { ...good, clusters: [{ name: 'it', cluster: {} }] },
          'configuration',
          ['clusters[0].cluster.server is missing'],
        ],
        [
          'a server that is no URL',
          kubeconfig('192.0.2.1'),
          'configuration',
          [/"192.0.2.1".*not a URL.*https:\/\/HOST:PORT/],
        ],
        ['credentials in the clear', kubeconfig('http://192.0.2.1'), 'configuration', [/in the clear.*https/]],
        ['no mapping', 'just text', 'configuration', ['cannot use the kubeconfig', 'no mapping']],
        [
          'a list that is none',
          { ...good, users: { it: {} } },
          'configuration',
          ['names the user it, which it does not define'],
        ],
        ['a nameless user', { ...good, users: [{ user: {} }] }, 'configuration', ['users[0].name is missing']],
        [
          'groups to impersonate and nobody in them',
          kubeconfig('https://x', { user: { 'as-groups': ['g'] } }),
          'configuration',
          [/user it has as-groups.* without as\./],
        ],
        [
          'a proxy that is none',
          kubeconfig('https://x', { cluster: { 'proxy-url': 'ftp://p' } }),
          'configuration',
          [/proxy-url.*http:\/\/HOST:PORT/],
        ],
        [
          'a missing certificate',
          kubeconfig('https://x', { cluster: { 'certificate-authority': 'no.crt' } }),
          'unauthorised',
          ['no.crt', 'context it'],
        ],
        [
          'a missing token file',
          kubeconfig('https://x', { user: { tokenFile: 'no.token' } }),
          'unauthorised',
          ['no.token'],
        ],
        [
          'a plugin that is not there',
          kubeconfig('https://x', { user: { exec: { command: '/no/plugin' } } }),
          'unauthorised',
          ['/no/plugin', 'run its exec plugin by hand'],
        ],
        [
          'a plugin that fails',
          kubeconfig('https://x', {
            user: { exec: { command: '/bin/sh', args: ['-c', 'echo log in first >&2; exit 1'] } },
          }),
          'unauthorised',
          ['log in first'],
        ],
      ];
      for (const [what, content, kind, says] of cases) {
        it(what, () => failing(load(content), kind, join(directory, 'config'), ...says));
      }

      it('not there', () =>
        failing(
          loadConnection({ env: { KUBECONFIG: '/no/config' } }),
          'configuration',
          '/no/config',
          'from KUBECONFIG',
          'ENOENT',
        ));
      it('an empty name', () =>
        failing(loadConnection({ kubeconfig: '', env: {} }), 'configuration', '--kubeconfig is empty'));
      it('none at all', () =>
        failing(loadConnection({ env: {} }), 'configuration', '--kubeconfig', 'KUBECONFIG', 'KUBERNETES_SERVICE_HOST'));
    });
  });

  describe('to a server that cannot be trusted', () => {
    it('says that its certificate is of another authority', async () => {
      const server = await serve({});
      const cluster = { 'certificate-authority': certificate('other-ca.crt') };
      await failing(
        listWith(file('config', kubeconfig(server.url, { cluster }))),
        'tls',
        'refusing to trust',
        server.url,
        `kubeconfig ${directory}/config, context it`,
        'certificate authority',
      );
    });

    it('says that the server wants a client certificate', async () => {
      const server = await serve({ clients: true });
      const cluster = { 'certificate-authority': certificate('ca.crt') };
      await failing(
        listWith(file('config', kubeconfig(server.url, { cluster }))),
        'tls',
        'client certificate',
        server.url,
      );
    });

    it('says so when the server does not speak TLS at all', async () => {
      const server = await serve();
      const url = server.url.replace('http:', 'https:');
      await failing(listWith(file('config', kubeconfig(url))), 'tls', url);
    });
  });

  describe('from the service account of a pod', () => {
    const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '6443' };
    const load = (more: Record<string, string> = {}) =>
      loadConnection({ env: { ...env, ...more }, serviceAccountDirectory: directory, clock });

    beforeEach(() => {
      file('token', 'one\n');
      file('ca.crt', 'authority one');
      file('namespace', 'openelb-system\n');
    });

    it('has the address of the environment and the namespace of the pod', async () => {
      const connection = await load();
      assert.equal(connection.server.href, 'https://127.0.0.1:6443/');
      assert.equal(connection.namespace, 'openelb-system');
      assert.equal((await connection.credentials()).headers.authorization, 'Bearer one');
      assert.equal((await load({ KUBERNETES_SERVICE_HOST: 'fd00::1' })).server.href, 'https://[fd00::1]:6443/');
    });

    it('goes by KUBERNETES_SERVICE_PORT, as client-go does: the kubelet sets …_PORT_HTTPS in every pod', async () => {
      const connection = await load({ KUBERNETES_SERVICE_PORT_HTTPS: '443' });
      assert.equal(connection.server.port, '6443');
      const alone = { KUBERNETES_SERVICE_PORT: '', KUBERNETES_SERVICE_PORT_HTTPS: '7443' };
      assert.equal((await load(alone)).server.port, '7443');
    });

    it('talks to a server of that authority', async () => {
      const server = await serve({});
      file('ca.crt', pem('ca.crt').toString());
      const client = openClient(await load({ KUBERNETES_SERVICE_PORT: new URL(server.url).port }), { clock });
      await client.list(nodes);
      client.close();
      assert.equal(server.requests[0]?.headers.authorization, 'Bearer one');
    });

    it('reads token and authority again when they have changed, looking at most once a minute', async () => {
      const connection = await load();
      const now = async () => {
        const { headers, tls } = await connection.credentials();
        return [headers.authorization, String(tls.ca)];
      };
      const change = (name: string, content: string, seconds: number) =>
        utimesSync(file(name, content), seconds, seconds);
      assert.deepEqual(await now(), ['Bearer one', 'authority one']);
      change('token', 'two', 1000);
      clock.advance(59_999);
      assert.deepEqual(await now(), ['Bearer one', 'authority one']);
      clock.advance(1);
      assert.deepEqual(await now(), ['Bearer two', 'authority one']);
      change('ca.crt', 'authority two', 2000);
      clock.advance(60_000);
      assert.deepEqual(await now(), ['Bearer two', 'authority two']);
    });

    it('looks at once after a refusal', async () => {
      const connection = await load();
      utimesSync(file('token', 'two'), 1000, 1000);
      connection.refresh();
      assert.equal((await connection.credentials()).headers.authorization, 'Bearer two');
    });

    it('goes on with what it has while the files are away', async () => {
      const connection = await load();
      rmSync(join(directory, 'token'));
      clock.advance(60_000);
      assert.equal((await connection.credentials()).headers.authorization, 'Bearer one');
      utimesSync(file('token', 'two'), 1000, 1000);
      clock.advance(60_000);
      assert.equal((await connection.credentials()).headers.authorization, 'Bearer two');
    });

    it('says which file is missing at the start', async () => {
      rmSync(join(directory, 'token'));
      await failing(load(), 'configuration', join(directory, 'token'), 'automountServiceAccountToken', '--kubeconfig');
    });
  });

  it('takes a rotated authority for new connections without being opened again', async () => {
    const server = await serve({});
    let ca = pem('other-ca.crt');
    const connection = {
      ...fixedConnection({ server: server.url }),
      credentials: async () => ({ headers: {}, tls: { ca } }),
    };
    const client = openClient(connection, { clock });
    await failing(client.list(nodes), 'tls');
    ca = pem('ca.crt');
    await client.list(nodes);
    client.close();
  });
});
