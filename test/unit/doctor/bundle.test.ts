import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { withoutSecrets } from '../../../src/doctor/bundle.js';
import { writeReport } from '../../../src/doctor/write-report.js';

describe('the report of the doctor', () => {
  it('has no passwords, tokens, data of Secrets or earlier applied objects, wherever they stand', () => {
    const seen = withoutSecrets({
      peers: [{ spec: { conf: { authPassword: 'hunter2', passwordSecret: { name: 'tor', key: 'password' } } } }],
      secret: { data: { a: 'aHVudGVyMg==' } },
      object: {
        metadata: {
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"authPassword":"hunter2"}', note: 'x' },
          managedFields: [{ manager: 'm' }],
        },
      },
      text: 'GET https://user:hunter2@192.0.2.1/ with Authorization: Bearer abcdefghijklmnop',
    });
    const text = JSON.stringify(seen);
    for (const part of ['hunter2', 'aHVudGVyMg', 'abcdefghijkl', 'managedFields'])
      assert.ok(!text.includes(part), part);
    assert.match(text, /"passwordSecret":\{"name":"tor","key":"password"\}/, 'that only names one');
    assert.match(text, /"note":"x"/);
  });

  it('is bounded, and has what Maps, Sets and large numbers stand for', () => {
    const round: Record<string, unknown> = {};
    round.again = round;
    assert.ok(JSON.stringify(withoutSecrets(round)).length < 1_000);
    assert.deepEqual(withoutSecrets({ map: new Map([['a', 1n]]), set: new Set(['b']), call: () => 1 }), {
      map: { a: '1' },
      set: ['b'],
      call: undefined,
    });
  });

  it('is written whole, for its owner alone, and packed where its name says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'report-'));
    try {
      await writeReport(join(folder, 'plain.json'), 'text');
      await writeReport(join(folder, 'packed.json.gz'), 'text');
      assert.equal(await readFile(join(folder, 'plain.json'), 'utf8'), 'text');
      assert.equal(gunzipSync(await readFile(join(folder, 'packed.json.gz'))).toString(), 'text');
      assert.equal((await stat(join(folder, 'plain.json'))).mode & 0o777, 0o600);
      assert.deepEqual((await readdir(folder)).sort(), ['packed.json.gz', 'plain.json']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
