import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.js';
import { buildDeadlineMs, type CurrentServer, currentServerProgram, startCurrentServer } from './server.js';

const api = '/apis/network.kubesphere.io/v1alpha2';
const head = { apiVersion: 'network.kubesphere.io/v1alpha2', kind: 'Eip' };
const finalizer = 'finalizer.ipam.kubesphere.io/v1alpha1';
const wrong: Readonly<Record<string, object>> = {
  backwards: { address: '10.0.0.9-10.0.0.1' },
  none: { address: '10.0.0.256' },
  mixed: { address: '10.0.0.1-fd00::1' },
  twice: { address: '10.0.0.1,10.0.0.1' },
  nic: { address: '10.0.0.1', interface: 'a-name-of-sixteen' },
  unsigned: {
    address: '10.0.0.1',
    vrrp: {
      version: 2,
      advertisementInterval: '1s',
      authentication: { keys: 'lan', keyId: 1, mode: 'permissive' },
    },
  },
};

for (const emulated of [undefined, '1.31'])
  describe(`an Eip that was wrong before the rules came, on ${emulated ? `what emulates ${emulated}` : 'the newest Kubernetes'}`, function () {
    this.timeout(60_000);
    let server: CurrentServer;
    before(async function () {
      this.timeout(buildDeadlineMs);
      const program = await currentServerProgram();
      if (program === undefined) this.skip();
      server = await startCurrentServer(program, emulated === undefined ? {} : { emulated });
      await server.applyDefinitions('crds');
      for (const [name, spec] of Object.entries(wrong)) {
        const metadata = { name, finalizers: [finalizer] };
        assert.equal((await server.call('POST', `${api}/eips`, { ...head, metadata, spec })).status, 201);
      }
      await server.applyDefinitions('crds-with-rules');
      await inForce(true);
    });
    after(() => server?.stop());

    const inForce = (rules: boolean) =>
      eventually(`rules that are ${rules ? '' : 'not '}in force`, async () => {
        const object = { ...head, metadata: { name: 'new' }, spec: wrong.none };
        return ((await server.call('POST', `${api}/eips?dryRun=All`, object)).status === 422) === rules;
      });

    for (const [name, spec] of Object.entries(wrong)) {
      const path = `${api}/eips/${name}`;
      const put = async (change: object, place = path) => {
        const { body } = await server.call('GET', path);
        return server.call('PUT', place, { ...body, ...change });
      };

      it(`gets its status written: ${name}`, async () => {
        const status = { ready: false, usage: 0 };
        assert.equal((await put({ status }, `${path}/status`)).status, 200);
      });

      it(`is changed elsewhere: ${name}`, async () => {
        assert.equal((await put({ spec: { ...spec, disable: true } })).status, 200);
        const metadata = { name, labels: { a: 'b' } };
        const place = `${path}?fieldManager=somebody`;
        assert.equal((await server.call('PATCH', place, { ...head, metadata })).status, 200);
      });

      it(`is not made wrong in another way: ${name}`, async () => {
        const { status, body } = await put({ spec: { ...spec, address: 'lb.example.com' } });
        assert.equal(status, 422, JSON.stringify(body));
      });

      it(`is mended: ${name}`, async () => {
        assert.equal((await put({ spec: { address: '10.0.0.1-10.0.0.9' } })).status, 200);
        const { status, body } = await put({ spec });
        assert.equal(status, 422, JSON.stringify(body));
      });
    }

    it('loses its finalizer, and is gone', async () => {
      await server.applyDefinitions('crds');
      const metadata = { name: 'last', finalizers: [finalizer] };
      await inForce(false);
      assert.equal((await server.call('POST', `${api}/eips`, { ...head, metadata, spec: wrong.none })).status, 201);
      await server.applyDefinitions('crds-with-rules');
      await inForce(true);
      assert.equal((await server.call('DELETE', `${api}/eips/last`)).status, 200);
      const { body } = await server.call('GET', `${api}/eips/last`);
      const without = { ...body, metadata: { ...body.metadata, finalizers: [] } };
      assert.equal((await server.call('PUT', `${api}/eips/last`, without)).status, 200);
      assert.equal((await server.call('GET', `${api}/eips/last`)).status, 404);
    });
  });
