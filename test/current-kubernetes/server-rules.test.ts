import assert from 'node:assert/strict';
import fc from 'fast-check';
import { eipRules } from '../../src/api/server-rules.js';
import { validateEip } from '../../src/api/validate.js';
import {
  acceptedConfs,
  acceptedEips,
  acceptedGroups,
  acceptedPeers,
  group,
  refusedConfs,
  refusedEips,
  refusedGroups,
  refusedPeers,
  repeatingPools,
} from '../vectors/server-rules.js';
import {
  type Answer,
  buildDeadlineMs,
  type CurrentServer,
  currentServerProgram,
  startCurrentServer,
} from './server.js';

const api = '/apis/network.kubesphere.io/v1alpha2';
const repeats = eipRules['spec.address']!.at(-1)!.message;

for (const emulated of [undefined, '1.31'])
  describe(`the rules of the CRDs on ${emulated === undefined ? 'the newest Kubernetes' : `one that emulates ${emulated}`}`, function () {
    this.timeout(60_000);
    let server: CurrentServer;

    before(async function () {
      this.timeout(buildDeadlineMs);
      const program = await currentServerProgram();
      if (program === undefined) this.skip();
      server = await startCurrentServer(program, emulated === undefined ? {} : { emulated });
      console.log(`    Kubernetes ${server.version}`);
      await server.applyDefinitions('crds-with-rules');
    });
    after(() => server?.stop());
    afterEach(function () {
      if (this.currentTest?.state === 'failed' && server !== undefined) console.error(server.log());
    });

    const object = (kind: string, name: string, spec: object) => ({
      apiVersion: 'network.kubesphere.io/v1alpha2',
      kind,
      metadata: { name },
      spec: JSON.parse(JSON.stringify(spec)) as object,
    });
    /** Has it judged, not stored. */
    const tryEip = (spec: object) => server.call('POST', `${api}/eips?dryRun=All`, object('Eip', 'pool', spec));
    const tryGroup = (spec: object) =>
      server.call('POST', `${api}/vipgroups?dryRun=All`, object('VipGroup', 'lan-0', spec));
    const accepted = ({ status, body }: Answer) => assert.equal(status, 201, body.message);
    const refused = ({ status, body }: Answer, message: RegExp) => {
      assert.equal(status, 422, JSON.stringify(body));
      assert.match(body.message ?? '', message);
    };

    for (const spec of acceptedEips)
      it(`accept the Eip ${JSON.stringify(spec).slice(0, 200)}`, async () => accepted(await tryEip(spec)));
    for (const [spec, message] of refusedEips)
      it(`refuse the Eip ${JSON.stringify(spec)}`, async () => refused(await tryEip(spec), message));
    for (const address of repeatingPools)
      it(`refuse "${address}", which has an address twice`, async () =>
        refused(await tryEip({ address }), /names the same twice/));
    for (const [claim, spec] of acceptedGroups)
      it(`accept a VipGroup ${claim}`, async () => accepted(await tryGroup(spec)));
    for (const [claim, change, message] of refusedGroups)
      it(`refuse a VipGroup ${claim}`, async () => refused(await tryGroup({ ...group, ...change }), message));

    for (const [kind, plural, all, wrong] of [
      ['BgpConf', 'bgpconfs', acceptedConfs, refusedConfs],
      ['BgpPeer', 'bgppeers', acceptedPeers, refusedPeers],
    ] as const) {
      const attempt = (spec: object) =>
        server.call('POST', `${api}/${plural}?dryRun=All`, object(kind, 'default', spec));
      for (const spec of all)
        it(`accept the ${kind} ${JSON.stringify(spec)}`, async () => accepted(await attempt(spec)));
      for (const [spec, message] of wrong)
        it(`refuse the ${kind} ${JSON.stringify(spec)}`, async () => refused(await attempt(spec), message));
    }

    it('accept a pool of as many parts as fit, and a text of nothing but commas is judged, too', async () => {
      const parts = Array.from({ length: 8192 }, (_, at) => `1.${at >> 8}.${at & 255}.1`).join(',');
      accepted(await tryEip({ address: parts.slice(0, 65_536).replace(/,[^,]*$/, '') }));
      refused(await tryEip({ address: ','.repeat(65_536) }), /no IP address and no CIDR block/);
    });

    it('refuse no pool that the controller accepts, but for an address that is there twice', async () => {
      const end = fc.constantFrom(
        '10.0.0.1',
        '10.0.0.9',
        '10.0.1.0',
        '10.0.0.256',
        'fd00::1',
        'fd00::9',
        'fd00::1:0',
        '',
      );
      const one = fc
        .tuple(fc.constantFrom('', ' '), end, fc.constantFrom('', '-', '/24', '/129', ' - '), end)
        .map((texts) => texts.join(''));
      const pools = fc.array(one, { minLength: 1, maxLength: 3 }).map((texts) => texts.join(','));
      await fc.assert(
        fc.asyncProperty(pools, async (address) => {
          const { status, body } = await tryEip({ address });
          if (validateEip({ metadata: { name: 'pool' }, spec: { address } }).ok)
            assert.ok(status === 201 || body.message?.includes(repeats), `${address}: ${body.message}`);
          else if (!/:\d+[.][^,]*-|-[^,]*:\d+[.]/.test(address)) assert.equal(status, 422, address);
        }),
        { numRuns: 500 },
      );
    });

    it('refuse that a VipGroup changes its Eip, and let it be changed elsewhere', async () => {
      const stored = object('VipGroup', 'lan-0', group);
      accepted(await server.call('POST', `${api}/vipgroups`, stored));
      const { body } = await server.call('GET', `${api}/vipgroups/lan-0`);
      const change = (spec: object) => ({ ...body, spec: { ...group, ...spec } });
      const put = (spec: object) => server.call('PUT', `${api}/vipgroups/lan-0`, change(spec));
      refused(await put({ eip: 'wan' }), /eip cannot change/);
      refused(await put({ eip: undefined }), /eip cannot change/);
      assert.equal((await put({ addresses: [] })).status, 200);
    });
  });
