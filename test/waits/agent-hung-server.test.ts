import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { httpGet } from '../lab/http.js';
import { type Lab, openLab } from '../lab/lab.js';
import { startProgram } from '../lab/node.js';
import { type Process, programArguments } from '../lab/process.js';
import { group, kubeconfigOf, vip } from '../lab/sole-member.js';

describe('an API server that hangs', function () {
  this.timeout(180_000);
  let lab: Lab;
  let host: Host;
  let agent: Process | undefined;

  before(async () => {
    lab = await openLab(`oagahung${process.pid}`);
    host = await lab.addHost('n1', 11);
  });
  after(() => lab?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.error(agent?.log());
    agent?.signal('SIGTERM');
    await agent?.exited;
  });

  it('is noticed by an agent: its source is ok no more, since when is told, and its groups go on', async () => {
    const program = programArguments(
      new URL('../unit/platform/kubernetes/serve-faults', import.meta.url),
      import.meta.url,
    );
    const server = host.start('api', process.execPath, [...program, 'vipgroups']);
    const urls: string[] = [];
    server.onLine((line) => urls.push(line));
    const url = await eventually('the server', () => urls[0], { onTimeout: () => server.log() });
    writeFileSync(join(lab.folder, 'hung'), JSON.stringify(kubeconfigOf(url)));
    agent = startProgram(host, 'agent', {
      'node-name': 'n1',
      'state-dir': lab.folder,
      kubeconfig: join(lab.folder, 'hung'),
    });
    server.write(JSON.stringify(group));
    await eventually('the address', async () => (await host.addresses()).includes(vip));
    const get = async (path: string) => (await httpGet(host, `http://127.0.0.1:17473${path}`)).body;
    const source = async () => (JSON.parse(await get('/status')) as { source: string }).source;
    assert.equal(await source(), 'ok');
    assert.match(await get('/readyz'), /^(ok|ready, but:\nthe API server refuses the heartbeat.*)\n$/); // this one takes none
    const stopped = Date.now();
    server.signal('SIGSTOP');
    const saying = (what: RegExp, withinMs: number) =>
      eventually(
        `the source says ${what}`,
        async () => {
          const now = await source();
          return what.test(now) ? now : undefined;
        },
        { withinMs, everyMs: 250 },
      );
    await saying(/^no heartbeat reached the API server/, 20_000);
    const said = await saying(/^nothing heard/, 110_000);
    assert.match(said, /^nothing heard of VipGroups from the API server since .* ago\): no answer within 10000 ms/);
    const since = Date.parse(/since (\S+)/.exec(said)![1]!);
    assert.ok(since <= stopped, said);
    assert.match(await get('/readyz'), /^nothing heard of VipGroups/);
    assert.match(await get('/metrics'), /^openelb_source_in_touch 0$/m);
    assert.match(await get('/metrics'), /^openelb_source_silence_seconds [89]\d/m);
    await eventually('the address, by what was known', async () => (await host.addresses()).includes(vip));
    server.write('-web');
    server.signal('SIGCONT');
    await eventually('the group is gone', async () => !(await host.addresses()).includes(vip), { withinMs: 40_000 });
    assert.equal(await eventually('all is well', async () => (await source()) === 'ok'), true);
    server.end();
  });
});
