import assert from 'node:assert/strict';
import type { Body } from './raw-client.js';
import { type Subject, widget, widgetDefinition, widgets } from './subject.js';

const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** The widget's definition under another name, with a change. */
function variant(plural: string, change: (definition: Body) => void = () => {}): Body {
  const definition: Body = structuredClone(widgetDefinition);
  definition.metadata.name = `${plural}.contract.example`;
  definition.spec.names = { plural, kind: plural[0]!.toUpperCase() + plural.slice(1, -1) };
  change(definition);
  return definition;
}

const schemaOf = (definition: Body): Body => definition.spec.versions[0].schema.openAPIV3Schema;

export function definitions(subject: Subject): void {
  describe('custom resources', () => {
    const create = (name: string, spec: object) => subject.client.post(widgets, widget(name, spec));

    it('say in their definition that they are established', async () => {
      const { body } = await subject.client.get(`${definitionsPath}/widgets.contract.example`);
      const conditions = Object.fromEntries(body.status.conditions.map(({ type, status }: Body) => [type, status]));
      assert.equal(conditions.Established, 'True');
      assert.equal(conditions.NamesAccepted, 'True');
      assert.deepEqual(body.status.storedVersions, ['v1']);
      assert.equal(body.spec.names.singular, 'widget');
      assert.equal(body.spec.names.listKind, 'WidgetList');
    });

    it('are discovered with their short names and status', async () => {
      const { body } = await subject.client.get('/apis/contract.example/v1');
      const [main, status] = body.resources;
      assert.equal(main.name, 'widgets');
      assert.deepEqual(main.shortNames, ['wd']);
      assert.equal(main.namespaced, false);
      assert.equal(status.name, 'widgets/status');
      const { body: group } = await subject.client.get('/apis/contract.example');
      assert.equal(group.preferredVersion.version, 'v1');
      assert.deepEqual(
        group.versions.map(({ version }: Body) => version),
        ['v1', 'v1beta1'],
      );
    });

    it('get defaults and lose what their schema does not know', async () => {
      const { body } = await create('d1', {
        size: 1,
        nonsense: 1,
        box: { depth: 1, nonsense: 1 },
        free: { any: { thing: 1 } },
      });
      assert.deepEqual(body.spec, { size: 1, color: 'red', box: { depth: 1 }, free: { any: { thing: 1 } } });
    });

    const mistakes: [string, object, string, RegExp][] = [
      ['a missing field', {}, 'spec.size', /Required value/],
      ['a wrong type', { size: 'big' }, 'spec.size', /must be of type integer: "string"/],
      ['a number too small', { size: 0 }, 'spec.size', /should be greater than or equal to 1/],
      ['a number too large', { size: 10 }, 'spec.size', /should be less than or equal to 9/],
      [
        'another than the named values',
        { size: 1, color: 'blue' },
        'spec.color',
        /Unsupported value: "blue": supported values: /,
      ],
      ['a string that breaks its pattern', { size: 1, code: 'A' }, 'spec.code', /should match '\^\[a-z\]\+\$'/],
      [
        'a string too long',
        { size: 1, code: 'abcdef' },
        'spec.code',
        /(may not be (longer|more) than|should be at most) 5/,
      ],
      ['a time that is none', { size: 1, at: 'now' }, 'spec.at', /must be of type date-time: "now"/],
      [
        'two items of one key',
        { size: 1, members: [{ node: 'a' }, { node: 'a' }] },
        'spec.members[1]',
        /Duplicate value/,
      ],
      ['two equal items of a set', { size: 1, tags: ['a', 'a'] }, 'spec.tags[1]', /Duplicate value: "a"/],
    ];
    for (const [what, spec, field, message] of mistakes)
      it(`are refused with ${what}`, async () => {
        const { status, body } = await create('bad', spec);
        assert.equal(status, 422, JSON.stringify(body));
        assert.equal(body.reason, 'Invalid');
        assert.match(body.message, /^Widget\.contract\.example "bad" is invalid: /);
        const cause = body.details.causes.find((one: Body) => one.field === field);
        assert.ok(cause, JSON.stringify(body.details.causes));
        assert.match(cause.message, message);
      });

    // In a CRD of its own: kube-apiserver 1.20 gives up on the list types of a CRD that has such a field.
    it('take numbers and strings where both are meant', async () => {
      const share = { 'x-kubernetes-int-or-string': true };
      await subject.client.post(
        definitionsPath,
        variant('gauges', (it) => {
          for (const { schema } of it.spec.versions) schema.openAPIV3Schema.properties.spec.properties.share = share;
        }),
      );
      const path = '/apis/contract.example/v1/gauges';
      await until(async () => (await subject.client.get(path)).status === 200);
      const gauge = async (name: string, share: unknown) => {
        const sent = { ...widget(name, { size: 1, share } as object), kind: 'Gauge' };
        return (await subject.client.post(path, sent)).status;
      };
      assert.deepEqual([await gauge('a', '50%'), await gauge('b', 50), await gauge('c', true)], [201, 201, 422]);
    });

    it('drop a null that is not allowed', async () => {
      const { status, body } = await create('d5', { size: 1, color: null, code: null });
      assert.equal(status, 201, body.message);
      assert.deepEqual(body.spec, { size: 1, color: 'red' });
    });

    it('are the same object in every version', async () => {
      const { body: old } = await subject.client.post('/apis/contract.example/v1beta1/widgets', {
        ...widget('d6'),
        apiVersion: 'contract.example/v1beta1',
      });
      assert.equal(old.apiVersion, 'contract.example/v1beta1');
      const { body } = await subject.client.get(`${widgets}/d6`);
      assert.equal(body.apiVersion, 'contract.example/v1');
      assert.equal(body.metadata.uid, old.metadata.uid);
    });

    it('are refused in a version that the path does not name', async () => {
      assert.equal((await subject.client.post('/apis/contract.example/v1beta1/widgets', widget('d7'))).status, 400);
    });

    it('come and go with their definition', async () => {
      assert.equal((await subject.client.post(definitionsPath, variant('gadgets'))).status, 201);
      const path = '/apis/contract.example/v1/gadgets';
      await until(async () => (await subject.client.get(path)).status === 200);
      assert.equal(
        (
          await subject.client.post(path, {
            apiVersion: 'contract.example/v1',
            kind: 'Gadget',
            metadata: { name: 'g' },
            spec: { size: 1 },
          })
        ).status,
        201,
      );
      await subject.client.delete(`${definitionsPath}/gadgets.contract.example`);
      await until(async () => (await subject.client.get(path)).status === 404);
      await until(async () => (await subject.client.get(`${definitionsPath}/gadgets.contract.example`)).status === 404);
    });

    const badDefinitions: [string, (definition: Body) => void, RegExp][] = [
      [
        'a name that is not plural.group',
        (it) => {
          it.metadata.name = 'x.contract.example';
        },
        /must be spec\.names\.plural\+"\."\+spec\.group/,
      ],
      [
        'no schema',
        (it) => {
          delete it.spec.versions[0].schema;
        },
        /schemas are required/,
      ],
      [
        'a field without a type',
        (it) => {
          schemaOf(it).properties.spec.properties.extra = { description: 'what?' };
        },
        /type: Required value: must not be empty for specified object fields/,
      ],
      [
        'a list without items',
        (it) => {
          schemaOf(it).properties.spec.properties.extra = { type: 'array' };
        },
        /items: Required value: must be specified/,
      ],
      [
        'keys of a list-type map that may be absent',
        (it) => {
          delete schemaOf(it).properties.spec.properties.members.items.required;
        },
        /must have a default or be a required property/,
      ],
      [
        'an unknown list type',
        (it) => {
          schemaOf(it).properties.spec.properties.steps['x-kubernetes-list-type'] = 'heap';
        },
        /Unsupported value: "heap"/,
      ],
      [
        'two storage versions',
        (it) => {
          it.spec.versions[1].storage = true;
        },
        /must have exactly one version marked as storage version/,
      ],
      [
        'an unknown scope',
        (it) => {
          it.spec.scope = 'Galaxy';
        },
        /Unsupported value: "Galaxy"/,
      ],
      [
        'both properties and additionalProperties',
        (it) => {
          schemaOf(it).properties.spec.additionalProperties = { type: 'string' };
        },
        /additionalProperties and properties are mutual(ly)? exclusive/,
      ],
    ];
    for (const [what, change, message] of badDefinitions)
      it(`cannot be defined with ${what}`, async () => {
        const { status, body } = await subject.client.post(definitionsPath, variant('gizmos', change));
        assert.equal(status, 422, JSON.stringify(body));
        assert.match(body.message, message);
      });
  });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, 'it did not happen within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
