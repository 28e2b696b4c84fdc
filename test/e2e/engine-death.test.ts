import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { answeredByAnother, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import { startProber } from '../lab/prober.js';

const vip = '10.77.0.100';

describe('an agent whose engine thread dies', function () {
  this.timeout(60_000);
  let lab: ManifestNodes;
  let deaths: string;

  before(async () => {
    deaths = mkdtempSync(join(tmpdir(), 'deaths-'));
    const env = {
      NODE_OPTIONS: `--require=${join(projectRoot(), 'test/lab/programs/planted-death.cjs')}`,
      PLANTED_DEATH: join(deaths, 'death'),
    };
    lab = await startManifestNodes(`e2edeath${process.pid}`, 3, env);
    lab.write('api', {
      protocol: 'vip',
      interface: 'eth0',
      addresses: [vip],
      vrrp: { virtualRouterId: 7, advertisementInterval: '100ms' },
    });
  });
  after(() => {
    lab?.lab.close();
    rmSync(deaths, { recursive: true, force: true });
  });

  for (const [how, claim, reason] of [
    ['throw', 'of an exception', /^the engine thread is gone: .*planted/],
    ['exit', 'by itself', /^the engine thread is gone: .*ended with code 7/],
    ['memory', 'because its memory is at an end', /^the engine thread is gone: .*memory/],
  ] as const) {
    it(`${claim} ends with exit code 1 and says why; another node takes over, and nothing stays behind`, async () => {
      const leader = await settledLeader({ ...lab, vip });
      const agent = leader.agent();
      const prober = startProber(lab.client, vip, 100);
      try {
        await prober.answered();
        writeFileSync(join(deaths, 'death'), `${agent.pid} ${how}`);
        assert.equal(await agent.exited, 1);
        await answeredByAnother(prober, leader);
      } finally {
        await prober.stop();
      }
      const last = agent
        .log()
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .at(-1)!;
      const { level, message, reason: said } = JSON.parse(last) as Record<string, string>;
      assert.deepEqual([level, message], ['error', 'the agent ends']);
      assert.match(said!, reason);
      await eventually('the lease ran out', async () => !(await leader.host.addresses()).includes(vip), {
        withinMs: 3_500,
      });
      leader.startAgent(); // as a supervisor does
      await settledLeader({ ...lab, vip });
    });
  }
});
