import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { issueCertificate } from '../../../src/controller/certificate/certificate.js';
import { eventually } from '../../lab/eventually.js';
import type { Answer, Body } from './raw-client.js';
import { type Subject, widget, widgets } from './subject.js';

const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const name = 'judge.contract.example';

/** Of the names of our widgets, which the other parts have not. */
const prefix = 'judged-';
const at = (widgetName: string) => `${widgets}/${prefix}${widgetName}`;

export function webhooks(subject: Subject): void {
  describe('validating webhooks', function () {
    this.timeout(60_000);
    const judge = openJudge();

    before(judge.listen);
    after(judge.close);
    afterEach(async () => {
      judge.answerWith(allow);
      await subject.client.delete(`${configurations}/judge`);
      // A server follows its configuration with a delay.
      await eventually('no more calls', async () => {
        judge.reviews.length = 0;
        await create(`ignored-${Date.now()}`, { dryRun: true });
        return judge.reviews.length === 0;
      });
    });

    const rule = (more: object = {}) => ({
      apiGroups: ['contract.example'],
      apiVersions: ['v1'],
      operations: ['*'],
      resources: ['widgets'],
      ...more,
    });
    const webhook = (more: object = {}) => ({
      name,
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      clientConfig: { url: judge.url(), caBundle: judge.caBundle },
      rules: [rule()],
      ...more,
    });
    const configure = (...list: object[]) =>
      subject.client.post(configurations, { metadata: { name: 'judge' }, webhooks: list });
    const create = (widgetName: string, o: { dryRun?: boolean; metadata?: object; version?: string } = {}) =>
      subject.client.post(`${widgets.replace('/v1/', `/${o.version ?? 'v1'}/`)}${o.dryRun ? '?dryRun=All' : ''}`, {
        ...widget(prefix + widgetName),
        apiVersion: `contract.example/${o.version ?? 'v1'}`,
        metadata: { name: prefix + widgetName, ...o.metadata },
      });
    /** Configures, waits until a write of `probe` makes the server call, and forgets that. */
    const called = async (list: object[], probe: () => Promise<Answer> = () => create('probe', { dryRun: true })) => {
      const { status, body } = await configure(...list);
      assert.equal(status, 201, body.message);
      await eventually('a call', async () => {
        await probe();
        return judge.reviews.length > 0;
      });
      judge.reviews.length = 0;
    };

    it('are stored with their defaults', async () => {
      const service = { name: 'web', namespace: 'default' };
      const { status, body } = await configure(webhook({ clientConfig: { service } }));
      assert.equal(status, 201, body.message);
      assert.equal(body.metadata.generation, 1);
      const [stored] = body.webhooks;
      assert.deepEqual(
        [stored.failurePolicy, stored.matchPolicy, stored.timeoutSeconds, stored.rules[0].scope],
        ['Fail', 'Equivalent', 10, '*'],
      );
      assert.deepEqual([stored.namespaceSelector, stored.objectSelector], [{}, {}]);
      assert.equal(stored.clientConfig.service.port, 443);
    });

    for (const [what, wrong, field] of [
      ['a short name', { name: 'judge' }, 'webhooks[0].name'],
      ['side effects', { sideEffects: 'Some' }, 'webhooks[0].sideEffects'],
      ['no review version', { admissionReviewVersions: [] }, 'webhooks[0].admissionReviewVersions'],
      ['a timeout of a minute', { timeoutSeconds: 60 }, 'webhooks[0].timeoutSeconds'],
      ['an unknown policy', { failurePolicy: 'Maybe' }, 'webhooks[0].failurePolicy'],
      ['an unknown operation', { rules: [rule({ operations: ['WRITE'] })] }, 'webhooks[0].rules[0].operations[0]'],
      ['an unknown scope', { rules: [rule({ scope: 'Node' })] }, 'webhooks[0].rules[0].scope'],
      ['no resources', { rules: [rule({ resources: [] })] }, 'webhooks[0].rules[0].resources'],
      ['plain HTTP', { clientConfig: { url: 'http://127.0.0.1/' } }, 'webhooks[0].clientConfig.url'],
      ['nobody to call', { clientConfig: {} }, 'webhooks[0].clientConfig'],
    ] as const) {
      it(`are refused with ${what}`, async () => {
        const { status, body } = await configure(webhook(wrong));
        assert.equal(status, 422, JSON.stringify(body));
        assert.deepEqual(
          body.details.causes.map((cause: { field: string }) => cause.field),
          [field],
        );
      });
    }

    it('are shown an object that is created, as it would be stored', async () => {
      await called([webhook()]);
      const { status, body } = await create('shown', { metadata: { labels: { a: 'b' } } });
      assert.equal(status, 201);
      assert.equal(judge.reviews.length, 1);
      const { apiVersion, kind, request } = judge.reviews[0]!;
      assert.deepEqual([apiVersion, kind], ['admission.k8s.io/v1', 'AdmissionReview']);
      const { uid, object, options, userInfo, ...rest } = request;
      assert.match(uid, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      const [kindNow, resourceNow] = [
        { group: 'contract.example', version: 'v1', kind: 'Widget' },
        { group: 'contract.example', version: 'v1', resource: 'widgets' },
      ];
      assert.deepEqual(rest, {
        kind: kindNow,
        resource: resourceNow,
        requestKind: kindNow,
        requestResource: resourceNow,
        name: 'judged-shown',
        operation: 'CREATE',
        oldObject: null,
        dryRun: false,
      });
      assert.deepEqual([options.kind, options.apiVersion], ['CreateOptions', 'meta.k8s.io/v1']);
      assert.ok(userInfo.username === 'admin' && userInfo.groups.includes('system:masters'), JSON.stringify(userInfo));
      assert.deepEqual(object.spec, { size: 1, color: 'red' });
      assert.deepEqual(object.metadata.labels, { a: 'b' });
      assert.equal(object.metadata.uid, body.metadata.uid);
      assert.equal(object.metadata.resourceVersion, undefined);
    });

    it('are shown both states of an update and of a patch, and the last one of a deletion', async () => {
      const { body: live } = await create('changed');
      await called([webhook()]);
      await subject.client.merge(`${at('changed')}?fieldManager=me`, { spec: { size: 2 } });
      const { body: now } = await subject.client.get(at('changed'));
      await subject.client.put(at('changed'), { ...now, spec: { size: 3 } });
      await subject.client.delete(at('changed'), { propagationPolicy: 'Background' });
      assert.deepEqual(
        judge.reviews.map(({ request: { operation, oldObject, object, options } }) => [
          operation,
          oldObject.spec.size,
          object?.spec.size,
          options.kind,
        ]),
        [
          ['UPDATE', 1, 2, 'UpdateOptions'],
          ['UPDATE', 2, 3, 'UpdateOptions'],
          ['DELETE', 3, undefined, 'DeleteOptions'],
        ],
      );
      const [patch, , deletion] = judge.reviews.map(({ request }) => request);
      assert.equal(patch!.options.fieldManager, 'me');
      assert.equal(patch!.oldObject.metadata.resourceVersion, live.metadata.resourceVersion);
      assert.equal(deletion!.object, null);
      assert.equal(deletion!.options.propagationPolicy, 'Background');
    });

    it('are asked about each object of a collection that is deleted', async () => {
      for (const each of ['one', 'two']) await create(each, { metadata: { labels: { all: 'gone' } } });
      await called([webhook({ rules: [rule({ operations: ['DELETE'] })] })], () =>
        subject.client.delete(`${widgets}?dryRun=All&labelSelector=all%3Dgone`),
      );
      await subject.client.delete(`${widgets}?labelSelector=all%3Dgone`);
      assert.deepEqual(judge.reviews.map(({ request }) => request.oldObject.metadata.name).sort(), [
        'judged-one',
        'judged-two',
      ]);
    });

    it('are told of a dry run', async () => {
      await called([webhook()]);
      await create('dry', { dryRun: true });
      assert.equal(judge.reviews[0]!.request.dryRun, true);
      assert.deepEqual(judge.reviews[0]!.request.options.dryRun, ['All']);
    });

    it('are not shown what the schema refuses', async () => {
      await called([webhook()]);
      const { status } = await subject.client.post(widgets, widget('judged-wrong', { size: 10 }));
      assert.equal(status, 422);
      assert.equal(judge.reviews.length, 0);
    });

    it('are shown an update although it changes nothing', async () => {
      await create('same');
      await called([webhook()]);
      await subject.client.merge(at('same'), { spec: { size: 1 } });
      assert.equal(judge.reviews.length, 1);
    });

    it('refuse with their own status, and nothing is written', async () => {
      const { body: live } = await create('refused');
      await called([webhook()]);
      judge.answerWith(deny({ code: 409, reason: 'Conflict', message: 'not today' }));
      const { status, body } = await subject.client.merge(at('refused'), { spec: { size: 2 } });
      assert.equal(status, 409);
      const { metadata: _, ...rest } = body;
      assert.deepEqual(rest, {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        message: `admission webhook "${name}" denied the request: not today`,
        reason: 'Conflict',
        code: 409,
      });
      for (const outcome of [await create('never'), await subject.client.delete(at('refused'))])
        assert.equal(outcome.status, 409);
      const { body: still } = await subject.client.get(at('refused'));
      assert.equal(still.metadata.resourceVersion, live.metadata.resourceVersion);
      assert.equal((await subject.client.get(at('never'))).status, 404);
    });

    for (const [what, status, code, message] of [
      ['nothing', undefined, 400, 'denied the request without explanation'],
      ['a reason', { reason: 'Forbidden' }, 400, 'denied the request: Forbidden'],
      ['a code of success', { code: 200, message: 'no' }, 400, 'denied the request: no'],
    ] as const) {
      it(`refuse with ${what}`, async () => {
        await called([webhook()]);
        judge.answerWith(deny(status));
        const outcome = await create('refused-plainly');
        assert.equal(outcome.status, code);
        assert.equal(outcome.body.message, `admission webhook "${name}" ${message}`);
      });
    }

    it('warn clients, whether they refuse or not', async () => {
      await called([webhook()]);
      judge.answerWith(({ uid }) => ({ uid, allowed: true, warnings: ['think "again"'] }));
      assert.equal((await create('warned')).headers.warning, '299 - "think \\"again\\""');
      judge.answerWith(({ uid }) => ({ uid, allowed: false, warnings: ['told you'] }));
      assert.equal((await create('warned-and-refused')).headers.warning, '299 - "told you"');
    });

    for (const [what, answer, why] of [
      ['another uid', () => ({ uid: 'other', allowed: true }), /expected response\.uid="[0-9a-f-]{36}", got "other"/],
      ['no response', () => undefined, /webhook response was absent/],
      ['a patch', ({ uid }: Body) => ({ uid, allowed: true, patch: 'W10=' }), /may not return response\.patch/],
    ] as const) {
      it(`are not heard with ${what}: with failurePolicy Fail the write fails, with Ignore it is made`, async () => {
        await called([webhook()]);
        judge.answerWith(answer);
        const { status, body } = await create('unheard');
        assert.deepEqual([status, body.reason], [500, 'InternalError']);
        assert.ok(body.message.startsWith(`Internal error occurred: failed calling webhook "${name}": `), body.message);
        assert.match(body.message, why);
        await subject.client.delete(`${configurations}/judge`);
        judge.answerWith(allow);
        await called([webhook({ failurePolicy: 'Ignore' })]);
        judge.answerWith(answer);
        await eventually('the new policy', async () => (await create('unheard', { dryRun: true })).status === 201);
      });
    }

    for (const [what, broken, why] of [
      [
        'nobody listens',
        () => ({ url: 'https://127.0.0.1:1/' }),
        /Post "https:\/\/127\.0\.0\.1:1\/\?timeout=10s": .*refused/i,
      ],
      [
        'another authority signed its certificate',
        () => ({
          url: judge.url(),
          caBundle: base64(issueCertificate(['127.0.0.1'], Date.now(), 3_600_000).authority),
        }),
        /certificate/,
      ],
      ['its Service is missing', () => ({ service: { name: 'no', namespace: 'default' } }), /service "no" not found/],
      [
        'its Service has no such port',
        () => ({ service: { name: 'kubernetes', namespace: 'default', port: 1 } }),
        /no service port 1 found for service "kubernetes"/,
      ],
    ] as const) {
      it(`must be reached: ${what}`, async () => {
        await configure(webhook({ clientConfig: broken() }));
        const { body } = await eventually('a failure', async () => {
          const outcome = await create('unreached', { dryRun: true });
          return outcome.status === 500 && outcome;
        });
        assert.match(body.message, new RegExp(`^Internal error occurred: failed calling webhook "${name}": `));
        assert.match(body.message, why);
      });
    }

    it('have only so many seconds', async () => {
      await called([webhook({ timeoutSeconds: 1 })]);
      judge.answerWith('silence');
      const { status, body } = await create('late');
      assert.equal(status, 500);
      assert.match(body.message, /\?timeout=1s": .*(deadline|timeout)/i);
    });

    it('see other versions of their resource in their own, unless they match exactly', async () => {
      const other = () => create('older', { version: 'v1beta1', dryRun: true });
      await called([webhook()], other);
      await other();
      const { kind, requestKind, resource, requestResource, object } = judge.reviews[0]!.request;
      assert.deepEqual(
        [kind.version, requestKind.version, resource.version, requestResource.version, object.apiVersion],
        ['v1', 'v1beta1', 'v1', 'v1beta1', 'contract.example/v1'],
      );
      await subject.client.delete(`${configurations}/judge`);
      await called([webhook({ matchPolicy: 'Exact' })]);
      await other();
      assert.equal(judge.reviews.length, 0);
    });

    it('see a subresource only where a rule names it', async () => {
      const { body: live } = await create('sub');
      const report = () => subject.client.merge(`${at('sub')}/status`, { status: { holder: 'me' } });
      await called([webhook()]);
      await report();
      assert.equal(judge.reviews.length, 0);
      await subject.client.delete(`${configurations}/judge`);
      await called([webhook({ rules: [rule({ resources: ['widgets/status'] })] })], report);
      await subject.client.merge(`${at('sub')}/status`, { status: { holder: 'you' } });
      const { subResource, requestSubResource, object, oldObject } = judge.reviews[0]!.request;
      assert.deepEqual(
        [subResource, requestSubResource, object.status.holder, oldObject.status.holder],
        ['status', 'status', 'you', 'me'],
      );
      assert.equal(object.metadata.uid, live.metadata.uid);
    });

    it('see the operations and the scope of their rules', async () => {
      await called([webhook({ rules: [rule({ operations: ['CREATE'], scope: 'Cluster' })] })]);
      await create('scoped');
      await subject.client.delete(at('scoped'));
      assert.deepEqual(
        judge.reviews.map(({ request }) => request.operation),
        ['CREATE'],
      );
      await subject.client.delete(`${configurations}/judge`);
      const everything = { apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] };
      const configMap = (at: string) => subject.client.post(subject.inside('configmaps'), { metadata: { name: at } });
      let count = 0;
      await called([webhook({ rules: [rule({ ...everything, scope: 'Namespaced' })] })], () => {
        count += 1;
        return configMap(`scoped-${count}`);
      });
      await create('unscoped', { dryRun: true });
      await configMap('scoped');
      const seen = judge.reviews.filter(({ request }) => ['ConfigMap', 'Widget'].includes(request.kind.kind));
      assert.deepEqual(
        seen.map(({ request }) => [request.kind.kind, request.namespace]),
        [['ConfigMap', subject.namespace]],
      );
    });

    it('see the objects that their selectors select, before or after the change', async () => {
      const objectSelector = { matchExpressions: [{ key: 'judged', operator: 'In', values: ['yes', 'please'] }] };
      await called([webhook({ objectSelector })], () =>
        create('probe', { dryRun: true, metadata: { labels: { judged: 'yes' } } }),
      );
      await create('unselected', { metadata: { labels: { judged: 'no' } } });
      assert.equal(judge.reviews.length, 0);
      await create('selected', { metadata: { labels: { judged: 'please' } } });
      await subject.client.merge(at('selected'), { metadata: { labels: { judged: null } } });
      await subject.client.merge(at('selected'), { spec: { size: 2 } });
      assert.deepEqual(
        judge.reviews.map(({ request }) => request.operation),
        ['CREATE', 'UPDATE'],
      );
    });

    it('see the namespaces that their selectors select, and every object outside of namespaces', async () => {
      const mine = { 'webhooks.contract.example/here': 'yes' };
      await subject.client.merge(`/api/v1/namespaces/${subject.namespace}`, { metadata: { labels: mine } });
      const rules = [rule(), rule({ apiGroups: [''], resources: ['configmaps'] })];
      await called([webhook({ rules, namespaceSelector: { matchLabels: mine } })]);
      await subject.client.post(subject.inside('configmaps'), { metadata: { name: 'here' } });
      await subject.client.post('/api/v1/namespaces/default/configmaps', { metadata: { name: 'elsewhere' } });
      await create('nowhere', { dryRun: true });
      assert.deepEqual(
        judge.reviews.map(({ request }) => request.name),
        ['here', 'judged-nowhere'],
      );
      await subject.client.delete('/api/v1/namespaces/default/configmaps/elsewhere');
    });

    it('cannot keep their own configuration from being deleted', async () => {
      const everything = { apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['DELETE'] };
      await called([webhook({ rules: [rule(everything)] })], () => subject.client.delete(`${widgets}?dryRun=All`));
      judge.answerWith(deny({ message: 'never' }));
      assert.equal((await subject.client.delete(`${configurations}/judge`)).status, 200);
    });

    it('judge what is written: what changed while they thought is shown to them again', async () => {
      await create('raced');
      await called([webhook()]);
      let raced: Promise<Answer> | undefined;
      judge.answerWith(async ({ uid, object }) => {
        if (object.spec.box?.depth === 1 && raced === undefined) {
          raced = subject.client.merge(at('raced'), { spec: { box: { width: 2 } } });
          await raced;
        }
        return { uid, allowed: true };
      });
      const { status, body } = await subject.client.merge(at('raced'), { spec: { box: { depth: 1 } } });
      assert.equal(status, 200);
      assert.deepEqual(body.spec.box, { depth: 1, width: 2 });
      assert.deepEqual(judge.reviews.at(-1)!.request.object.spec.box, { depth: 1, width: 2 });
      assert.equal(judge.reviews.length, 3);
    });
  });
}

type Request = Body;
type Response = (request: Request) => object | undefined | Promise<object | undefined>;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const allow: Response = ({ uid }) => ({ uid, allowed: true });
const deny =
  (status: object | undefined): Response =>
  ({ uid }) => ({ uid, allowed: false, ...(status && { status }) });

/** A webhook that keeps what it was asked, and answers as it is told. */
function openJudge() {
  const { certificate, key, authority } = issueCertificate(['127.0.0.1'], Date.now(), 3_600_000);
  const reviews: { apiVersion: string; kind: string; request: Request }[] = [];
  let respond: Response | 'silence' = allow;
  const server: Server = createServer({ cert: certificate, key }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const review = JSON.parse(Buffer.concat(chunks).toString());
    reviews.push(review);
    if (respond === 'silence') return;
    const { apiVersion, kind } = review;
    const answer = JSON.stringify({ apiVersion, kind, response: await respond(review.request) });
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(answer);
  });
  return {
    reviews,
    caBundle: base64(authority),
    url: () => `https://127.0.0.1:${(server.address() as AddressInfo).port}/judge`,
    answerWith: (response: Response | 'silence') => {
      respond = response;
    },
    listen: async () => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
