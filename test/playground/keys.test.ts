import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { eventually } from '../lab/eventually.js';
import { nothingLeft, playgroundOfTest } from '../lab/playground.js';

describe('the playground that stays up', function () {
  this.timeout(180_000);
  const start = playgroundOfTest();

  it('prints command lines that work as they stand, runs the samples, and refuses what a cluster refuses', async () => {
    const one = start([], { terminal: true });
    const [, block] = await one.says(/In another terminal, as root:\r?\n([\s\S]*?)\r?\nkeys:/);
    const [path, ...lines] = block!.split('\n').map((line) => line.trim());
    assert.equal(lines.length, 9);
    const { stdout: found } = await execa('sh', [
      '-c',
      `${path}\nfor name in kubectl openelb-vip get; do command -v $name; done`,
    ]);
    assert.deepEqual(
      found.split('\n').map((each) => each.replace(/^.*lab-playground\//, '')),
      ['kubectl', 'openelb-vip', 'get'],
    );
    /** Runs one as it stands; what it wrote. */
    const show = async (line: string) => {
      const running = execa('sh', ['-c', `exec ${line}`], { all: true, reject: false, timeout: 20_000 });
      const endless = line.startsWith('tail');
      if (endless) running.stdout.once('data', () => running.kill());
      const outcome = await running;
      assert.ok(outcome.exitCode === 0 || endless, `${line}\n${outcome.all}`);
      assert.doesNotMatch(outcome.stderr, /\S/, line);
      return outcome.stdout;
    };
    const vip = /http:\/\/([0-9.]+)\//.exec(block!)![1]!;
    const shown = [
      [/status$/, /^playground-0 +vip +\d+ +1 +n[1-3] .*n[1-3]:Active/m],
      [/status --local/, /^playground-0 .*(Active|Backup)/m],
      [/http:/, new RegExp(`n[1-3] answers for ${vip}`)],
      [/neigh/, new RegExp(`${vip} dev eth0 lladdr`)],
      [/^tail/, /agent/],
    ] as const;
    for (const [which] of shown) assert.equal(lines.filter((line) => which.test(line)).length, 1, String(which));
    for (const line of lines) {
      const [, what] = shown.find(([which]) => which.test(line)) ?? [];
      if (what === undefined) await show(line);
      // On a busy machine it may be that nobody leads just then.
      else await eventually(`${line} to show ${what}`, async () => what.test(await show(line)), { everyMs: 200 });
    }
    const kubectl = lines[0]!.split(' ')[0]!;
    const run = async (args: string, input?: string) =>
      execa(kubectl, args.split(' '), { all: true, reject: false, ...(input === undefined ? {} : { input }) });
    const ingressOf = (service: string) =>
      eventually(
        `an address for ${service}`,
        async () =>
          (await run(`get svc ${service} -o jsonpath={.status.loadBalancer.ingress[0].ip}`)).stdout || undefined,
        { withinMs: 20_000, everyMs: 200 },
      );
    assert.match(await ingressOf('mine'), /^10\.77\.0\.1[234]/);

    const shrunk = await run(`patch eip playground --type=merge -p {"spec":{"address":"10.77.0.143"}}`);
    assert.match(shrunk.all, /denied the request: .*leaves out addresses in use/);

    const [sample] = /(?<=```yaml\n)[\s\S]*?(?=```)/.exec(readFileSync(join(projectRoot(), 'README.md'), 'utf8'))!;
    const applied = await run('apply -f -', sample);
    assert.equal(applied.exitCode, 0, applied.all);
    assert.equal(await ingressOf('web'), '192.0.2.100');
    const get = lines.find((line) => line.includes('http://'))!.split(' ')[0]!;
    await eventually(
      'an answer',
      async () => /answers for 192\.0\.2\.100/.test((await execa(get, ['http://192.0.2.100/'])).stdout),
      { withinMs: 20_000 },
    );
    const samples = await run(`apply -f ${join(projectRoot(), 'deploy/samples')}`);
    assert.equal(samples.exitCode, 0, samples.all);
    await eventually(
      'every pool ready',
      async () => {
        const path = '{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
        const { stdout } = await execa(kubectl, ['get', 'eip', '-o', `jsonpath=${path}`]);
        const pools = stdout.trim().split('\n');
        return pools.length === 5 && pools.every((pool) => pool.endsWith(' True'));
      },
      { withinMs: 20_000, everyMs: 200 },
    );

    one.type('x');
    await one.says(/x: no such key/);
    one.type('c9');
    await one.says(/c9: there is no node 9, only 1 to 3/);
    one.type('c1');
    await one.says(/n1: cable cut/);
    one.type('h1');
    await one.says(/n1: cable healed/);
    one.type('k2');
    await one.says(/n2: SIGKILL sent to its agent/);
    await eventually('its end', async () => {
      one.type('t2');
      return /n2: its agent has ended already/.test(one.stdout());
    });
    one.type('r2');
    await one.says(/n2: agent started/);
    one.type('\x03');
    await one.ended;
    await nothingLeft(one);
  });
});
