import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { mostStreams } from '../../src/controller/web/streams.js';
import { eventually } from '../lab/eventually.js';
import { type Answer, ask } from './ask.js';
import { everything, type PlayedCluster, playCluster } from './played-cluster.js';

describe('the server of the web view', function () {
  this.timeout(30_000);
  let cluster: PlayedCluster;
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  before(async () => {
    cluster = await playCluster({ groups: 4, nodes: 3 });
    cluster.tokens.set(
      'no-services',
      everything.filter((kind) => kind !== 'services'),
    );
    cluster.tokens.set('nothing', []);
  });
  after(() => cluster.close());

  it('tells nothing of the cluster without a token, and how to get one', async () => {
    for (const path of ['/events', '/session']) {
      const answer = await ask(cluster.port, { path });
      assert.equal(answer.status, 401);
      assert.match(JSON.parse(answer.body).remedy, /create token openelb-viewer/);
      assertTellsNothing(answer);
    }
  });

  it('tells who may list nothing so, and shows nothing', async () => {
    const answer = await ask(cluster.port, { path: '/events', headers: bearer('nothing') });
    assert.equal(answer.status, 403);
    assert.match(JSON.parse(answer.body).remedy, /ClusterRole openelb-viewer/);
    assertTellsNothing(answer);
  });

  it('takes the cookie back when its token is not accepted any more', async () => {
    const answer = await ask(cluster.port, { path: '/session', headers: { cookie: '__Host-openelb-token=expired' } });
    assert.equal(answer.status, 401);
    assert.match(String(answer.headers['set-cookie']), /__Host-openelb-token=;.*Max-Age=0/);
  });

  it('shows a user without the right to list Services no name of one', async () => {
    const seen = async (token: string) =>
      (await ask(cluster.port, { path: '/events', headers: bearer(token), untilText: '\n\n' })).body;
    assert.match(await seen('everything'), /shop\/shop/);
    assert.doesNotMatch(await seen('no-services'), /shop/);
    assert.doesNotMatch(await seen('everything'), /never-shown/);
  });

  it('logs in with a token, from its own page only', async () => {
    const post = (headers: Readonly<Record<string, string>>, body = 'everything') =>
      ask(cluster.port, {
        path: '/session',
        method: 'POST',
        headers: { 'content-type': 'text/plain', ...headers },
        body,
      });
    const good = await post({ origin: 'https://localhost' });
    assert.equal(good.status, 200);
    assert.match(String(good.headers['set-cookie']), /HttpOnly; SameSite=Strict/);
    assert.deepEqual(
      [(await post({ origin: 'https://evil.example' })).status, (await post({}, 'x y')).status],
      [403, 400],
    );
    assert.equal((await post({}, 'a'.repeat(9_000))).status, 413);
    assert.equal((await post({ 'content-type': 'application/x-www-form-urlencoded' }, 'token=everything')).status, 415);
    assert.equal((await post({}, 'stolen')).status, 401);
    assert.equal((await ask(cluster.port, { path: '/session', method: 'DELETE' })).status, 204);
  });

  for (const host of ['evil.example', 'evil.example:80', 'localhost.evil.example', '192.0.2.1', '<script>', '[::2]'])
    it(`does not answer to the name ${host}, nor repeat it`, async () => {
      const answer = await ask(cluster.port, { path: '/', headers: { host, ...bearer('everything') } });
      assert.equal(answer.status, 421);
      assert(!answer.body.includes(host));
      assert.match(JSON.parse(answer.body).remedy, /controller\.web\.hosts/);
    });

  for (const path of [
    '/../../etc/passwd',
    '/%2e%2e/package.json',
    '//evil.example/',
    '/page.js.map',
    '/constructor',
    '/__proto__',
    '/metrics',
    '/api/v1/secrets',
    `/${'a'.repeat(4_000)}`,
    '/%00',
    '/<script>alert(1)</script>',
  ])
    it(`has nothing at ${path.slice(0, 40)}`, async () => {
      const answer = await ask(cluster.port, { path, headers: bearer('everything') });
      assert.equal(answer.status, 404);
      assert(!answer.body.includes(path));
      assertTellsNothing(answer);
    });

  it('is read-only', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      const answer = await ask(cluster.port, { path: '/events', method, headers: bearer('everything') });
      assert.equal(answer.status, 405, method);
    }
  });

  it('sends the page with headers that let it fetch from nowhere else, and once while it stays the same', async () => {
    const first = await ask(cluster.port);
    assert.match(String(first.headers['content-security-policy']), /default-src 'none'; script-src 'self'/);
    assert.equal(first.headers['x-content-type-options'], 'nosniff');
    const again = await ask(cluster.port, { headers: { 'if-none-match': String(first.headers.etag) } });
    assert.deepEqual([again.status, again.body], [304, '']);
    const head = await ask(cluster.port, { method: 'HEAD' });
    assert.deepEqual([head.status, head.body], [200, '']);
  });

  it('serves so many views at once, says so to the next, and serves again when one is closed', async () => {
    const open = Array.from({ length: mostStreams }, () =>
      ask(cluster.port, { path: '/events', headers: bearer('everything'), untilText: 'event: tick' }),
    );
    const refused = await eventually('a view that is refused', async () => {
      const answer = await ask(cluster.port, { path: '/events', headers: bearer('everything'), untilText: '\n' });
      return answer.status === 503 ? answer : undefined;
    });
    assert.match(JSON.parse(refused.body).problem, /32 open views/);
    assert.equal(refused.headers['retry-after'], '5');
    assert.equal((await Promise.all(open)).length, mostStreams);
    await eventually(
      'a view again',
      async () =>
        (await ask(cluster.port, { path: '/events', headers: bearer('everything'), untilText: '\n\n' })).status === 200,
    );
  });

  it('closes a connection that speaks no TLS', async () => {
    const socket = connect(cluster.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    await new Promise((resolve) => socket.once('close', resolve));
    assert(!text.includes('openelb'));
  });

  function assertTellsNothing({ body }: Answer): void {
    for (const name of [...cluster.groups.keys(), 'node-1', '198.51']) assert(!body.includes(name), name);
  }
});
