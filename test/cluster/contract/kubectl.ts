import assert from 'node:assert/strict';
import { type Subject, widget } from './subject.js';

const json = (value: object) => JSON.stringify(value);

export function kubectl(subject: Subject): void {
  describe('kubectl', function () {
    this.timeout(60_000);
    const run = async (args: readonly string[], input?: string) => {
      const { code, out, err } = await subject.kubectl(args, input);
      assert.equal(code, 0, `kubectl ${args.join(' ')}: ${err}`);
      return out;
    };
    const fail = async (args: readonly string[], input?: string) => {
      const { code, out, err } = await subject.kubectl(args, input);
      assert.notEqual(code, 0, out);
      return err;
    };
    const apply = (object: object, ...more: string[]) => run(['apply', '-f', '-', ...more], json(object));

    it('applies, and applies again, and changes', async () => {
      assert.equal(await apply(widget('k1', { size: 1, steps: ['a'] })), 'widget.contract.example/k1 created\n');
      assert.equal(await apply(widget('k1', { size: 1, steps: ['a'] })), 'widget.contract.example/k1 unchanged\n');
      assert.equal(await apply(widget('k1', { size: 2 })), 'widget.contract.example/k1 configured\n');
      assert.equal(await run(['get', 'wd', 'k1', '-o', 'jsonpath={.spec.size}{.spec.steps}']), '2');
    });

    it('prints the columns of a CRD, wide and not', async () => {
      assert.match(await run(['get', 'widgets', 'k1']), /^NAME\s+SIZE\s+SINCE\s*\nk1\s+2\s*\n$/);
      assert.match(await run(['get', 'widgets', 'k1', '-o', 'wide']), /^NAME\s+SIZE\s+SINCE\s+COLOR\nk1\s+2\s+red\n$/);
    });

    it('applies a Service with the merge keys of its ports', async () => {
      const service = (ports: object[]) => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'k2', namespace: subject.namespace },
        spec: { type: 'LoadBalancer', ports },
      });
      await apply(
        service([
          { name: 'a', port: 80 },
          { name: 'b', port: 81 },
        ]),
      );
      await apply(
        service([
          { name: 'b', port: 81 },
          { name: 'c', port: 82 },
        ]),
      );
      const names = await run(['get', 'svc', 'k2', '-n', subject.namespace, '-o', 'jsonpath={.spec.ports[*].name}']);
      assert.deepEqual(names.split(' ').sort(), ['b', 'c']);
      assert.match(
        await run(['get', 'svc', 'k2', '-n', subject.namespace]),
        /k2\s+LoadBalancer\s+10\.96\.\d+\.\d+\s+<pending>\s+8\d:\d{5}\/TCP,8\d:\d{5}\/TCP\s+\d+s\n/,
      );
    });

    it('refuses a field that the schema does not know', async () => {
      const err = await fail(['apply', '-f', '-'], json(widget('k3', { size: 1, nonsense: true })));
      assert.match(err, /unknown field "(spec\.)?nonsense"/);
    });

    it('refuses it in a Service as well', async () => {
      const service = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'k4', namespace: subject.namespace },
        spec: { portz: [], ports: [{ port: 80 }] },
      };
      assert.match(await fail(['apply', '-f', '-'], json(service)), /unknown field "(spec\.)?portz"/);
    });

    it('passes on what the server finds wrong', async () => {
      assert.match(
        await fail(['apply', '-f', '-'], json(widget('k5', { size: 100 }))),
        /spec\.size: Invalid value: 100: spec\.size in body should be less than or equal to 9/,
      );
    });

    it('applies on the server, and explains conflicts', async () => {
      assert.equal(
        await apply(widget('k6', { size: 1 }), '--server-side', '--field-manager=ann'),
        'widget.contract.example/k6 serverside-applied\n',
      );
      const err = await fail(
        ['apply', '-f', '-', '--server-side', '--field-manager=bob'],
        json(widget('k6', { size: 2 })),
      );
      assert.match(err, /Apply failed with 1 conflict: conflict with "ann": \.spec\.size/);
      await apply(widget('k6', { size: 2 }), '--server-side', '--field-manager=bob', '--force-conflicts');
    });

    it('shows what an apply would change', async () => {
      const { code, out } = await subject.kubectl(['diff', '-f', '-'], json(widget('k6', { size: 3 })));
      assert.equal(code, 1);
      assert.match(out, /-\s+size: 2\n\+\s+size: 3/);
    });

    it('labels, annotates, patches and waits', async () => {
      assert.match(await run(['label', 'wd', 'k1', 'a=b']), /labeled/);
      assert.match(await run(['annotate', 'wd', 'k1', 'c=d']), /annotated/);
      assert.match(await run(['patch', 'wd', 'k1', '--type=merge', '-p', '{"spec":{"size":4}}']), /patched/);
      assert.match(
        await run(['wait', '--for=condition=Established', 'crd/widgets.contract.example', '--timeout=10s']),
        /condition met/,
      );
    });

    it('writes a status of its own', async function () {
      const { out: version } = await subject.kubectl(['version', '--client']);
      // The flag came with kubectl 1.24; KUBECTL can name an older one.
      if (/v1\.(1\d|2[0-3])\./.test(version)) {
        this.test!.title += ` (this kubectl is older than 1.24: ${version.trim()})`;
        this.skip();
      }
      assert.match(
        await run(['patch', 'wd', 'k1', '--subresource=status', '--type=merge', '-p', '{"status":{"holder":"n1"}}']),
        /patched/,
      );
      assert.equal(await run(['get', 'wd', 'k1', '-o', 'jsonpath={.status.holder}']), 'n1');
    });

    it('creates by itself', async () => {
      assert.match(await run(['create', 'namespace', 'by-kubectl']), /created/);
      assert.match(
        await run(['create', 'configmap', 'made', '-n', 'by-kubectl', '--from-literal=a=1', '--from-literal=b=']),
        /created/,
      );
      assert.equal(await run(['get', 'cm', 'made', '-n', 'by-kubectl', '-o', 'jsonpath={.data.a}']), '1');
      assert.match(
        await run(['create', 'secret', 'generic', 'made', '-n', 'by-kubectl', '--from-literal=a=1']),
        /created/,
      );
      assert.equal(await run(['get', 'secret', 'made', '-n', 'by-kubectl', '-o', 'jsonpath={.data.a}']), 'MQ==');
      assert.match(
        await run(['create', 'deployment', 'web', '-n', 'by-kubectl', '--image=nginx', '--replicas=2', '--port=80']),
        /created/,
      );
      assert.match(
        await run(['get', 'deploy', '-n', 'by-kubectl', '-o', 'wide']),
        /web\s+0\/2\s+0\s+0\s+\d+s\s+nginx\s+nginx\s+app=web/,
      );
      assert.match(
        await run(['expose', 'deployment', 'web', '-n', 'by-kubectl', '--port=80', '--type=LoadBalancer']),
        /exposed/,
      );
      assert.match(
        await run(['create', 'service', 'loadbalancer', 'direct', '-n', 'by-kubectl', '--tcp=80:8080']),
        /created/,
      );
      assert.equal(
        await run(['get', 'svc', 'direct', '-n', 'by-kubectl', '-o', 'jsonpath={.spec.ports[0].targetPort}']),
        '8080',
      );
    });

    it('describes, with Events', async () => {
      const uid = await run(['get', 'svc', 'web', '-n', 'by-kubectl', '-o', 'jsonpath={.metadata.uid}']);
      const about = { kind: 'Service', namespace: 'by-kubectl', name: 'web', apiVersion: 'v1', uid };
      const time = new Date().toISOString().replace(/\.\d+/, '');
      await subject.client.post('/api/v1/namespaces/by-kubectl/events', {
        metadata: { name: 'web.1' },
        involvedObject: about,
        type: 'Warning',
        reason: 'NoPool',
        message: 'no pool fits',
        firstTimestamp: time,
        lastTimestamp: time,
        count: 1,
      });
      const out = await run(['describe', 'svc', 'web', '-n', 'by-kubectl']);
      assert.match(out, /Type:\s+LoadBalancer/);
      assert.match(out, /Warning\s+NoPool\s+\d+s\s+no pool fits/);
      assert.match(await run(['describe', 'wd', 'k1']), /Spec:\n\s+Color:\s+red\n\s+Size:\s+4/);
      assert.match(await run(['get', 'events', '-n', 'by-kubectl']), /Warning\s+NoPool\s+service\/web\s+no pool fits/);
    });

    it('asks what it may do', async () => {
      assert.equal(await run(['auth', 'can-i', 'create', 'pods']), 'yes\n');
    });

    it('cordons a node and lets it go', async () => {
      await apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'k7' } });
      assert.match(await run(['cordon', 'k7']), /cordoned/);
      assert.match(await run(['get', 'nodes', 'k7']), /SchedulingDisabled/);
      assert.match(await run(['drain', 'k7', '--ignore-daemonsets']), /drained/);
      assert.match(await run(['uncordon', 'k7']), /uncordoned/);
    });

    it('explains the schema of a CRD', async () => {
      assert.match(await run(['explain', 'widgets.spec.size']), /<integer>/);
    });

    it('deletes', async () => {
      assert.match(await run(['delete', 'wd', 'k1', 'k6']), /widget\.contract\.example "k1" deleted/);
      assert.match(await fail(['get', 'wd', 'k1']), /NotFound/);
      assert.match(await run(['delete', 'svc', '--all', '-n', 'by-kubectl']), /deleted/);
    });
  });
}
