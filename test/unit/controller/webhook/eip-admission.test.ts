import assert from 'node:assert/strict';
import { forceRemovalAnnotation } from '../../../../src/api/annotations.js';
import type { Eip } from '../../../../src/api/eip.js';
import { problemsText } from '../../../../src/api/problem.js';
import type { Service } from '../../../../src/controller/objects/builtin-objects.js';
import { originLabel } from '../../../../src/controller/services/origin-label.js';
import { type EipChange, objections } from '../../../../src/controller/webhook/eip-admission.js';

const eip = (name: string, address: string, more: { spec?: object; metadata?: object } = {}): Eip => ({
  metadata: { name, ...more.metadata },
  spec: { address, protocol: 'vip', interface: 'eth0', ...more.spec },
});
const service = (name: string, address: string, labels: Record<string, string> = {}): Service => ({
  metadata: { name, namespace: 'default', annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb' }, labels },
  spec: { type: 'LoadBalancer' },
  status: { loadBalancer: { ingress: [{ ip: address }] } },
});
const forced = { metadata: { annotations: { [forceRemovalAnnotation]: 'true' } } };
const isDefault = { metadata: { annotations: { 'eip.openelb.kubesphere.io/is-default-eip': 'true' } } };
const label = 'eip.openelb.kubesphere.io/v1alpha2';

const long = `${'long-'.repeat(15)}name`;

const lan = eip('lan', '192.0.2.10-192.0.2.19');
const web = service('web', '192.0.2.10');

function said(
  change: EipChange,
  o: { eips?: readonly Eip[]; services?: readonly Service[]; all?: boolean; anonymous?: boolean } = {},
): string {
  const around = {
    eips: o.eips ?? [lan],
    services: o.services ?? [web],
    allServices: o.all === true,
    mayName: o.anonymous !== true,
  };
  return problemsText(objections(change, around));
}
const update = (before: Eip, after: Eip, o = {}) => said({ operation: 'UPDATE', before, after }, o);
const remove = (before: Eip, o = {}) => said({ operation: 'DELETE', before }, o);

describe('the webhook lets in', () => {
  for (const [claim, text] of [
    ['an Eip beside others', said({ operation: 'CREATE', after: eip('wan', '192.0.2.20') })],
    [
      'an Eip over one that is being deleted',
      said(
        { operation: 'CREATE', after: eip('wan', '192.0.2.15') },
        { eips: [eip('lan', '192.0.2.0/24', { metadata: { deletionTimestamp: '2030-01-01T00:00:00Z' } })] },
      ),
    ],
    ['a pool that grows', update(lan, eip('lan', '192.0.2.10-192.0.2.29'))],
    ['a pool that shrinks to what is in use', update(lan, eip('lan', '192.0.2.10'))],
    ['a pool that is written in another way', update(lan, eip('lan', '192.0.2.10-192.0.2.15, 192.0.2.16-192.0.2.19'))],
    [
      'any change of labels and finalizers, even of a wrong Eip',
      update(eip('lan', 'wrong', { metadata: { finalizers: ['a'] } }), eip('lan', 'wrong')),
    ],
    [
      'one step of mending an Eip with two faults',
      update(eip('lan', 'wrong', { spec: { interface: 'a/b' } }), eip('lan', 'wrong')),
    ],
    [
      'what happens to an Eip that is being deleted',
      update(lan, eip('lan', 'x', { metadata: { deletionTimestamp: '2030-01-01T00:00:00Z' } })),
    ],
    ['shrinking below addresses in use when the annotation says so', update(lan, eip('lan', '192.0.2.11', forced))],
    ['the deletion of an unused pool', remove(eip('wan', '192.0.2.20'))],
    ['the deletion of a used pool when the annotation says so', remove(eip('lan', '192.0.2.10', forced))],
    ['the deletion of a pool whose addresses are in another', remove(lan, { eips: [lan, eip('all', '192.0.2.0/24')] })],
    [
      'the deletion of a pool whose addresses only Services of others have',
      remove(lan, {
        services: [{ ...web, metadata: { ...web.metadata, annotations: {} } }],
      }),
    ],
    [
      'a default Eip that stays it',
      update(eip('lan', '192.0.2.10', isDefault), eip('lan', '192.0.2.10-192.0.2.11', isDefault)),
    ],
  ] as const) {
    it(claim, () => assert.equal(text, ''));
  }
});

describe('the webhook refuses', () => {
  for (const [claim, text, message] of [
    ['a wrong Eip', said({ operation: 'CREATE', after: eip('wan', 'x') }), /^spec\.address: "x" is not an IP address/],
    [
      'an Eip over another',
      said({ operation: 'CREATE', after: eip('wan', '192.0.2.0/28') }),
      /^spec\.address: holds 192\.0\.2\.10-192\.0\.2\.15, which belongs to Eip lan already/,
    ],
    [
      'a second default',
      said(
        { operation: 'CREATE', after: eip('wan', '192.0.2.99', isDefault) },
        { eips: [eip('lan', '192.0.2.10', isDefault)] },
      ),
      /is-default-eip"\]: is "true", but Eip lan is the default already/,
    ],
    [
      'an Eip that becomes a second default',
      update(eip('wan', '192.0.2.99'), eip('wan', '192.0.2.99', isDefault), {
        eips: [eip('lan', '192.0.2.10', isDefault)],
      }),
      /Eip lan is the default already/,
    ],
    [
      'shrinking below addresses in use',
      update(lan, eip('lan', '192.0.2.11-192.0.2.19')),
      /^spec\.address: leaves out addresses in use: Service default\/web has 192\.0\.2\.10:/,
    ],
    [
      'a fault that comes anew beside an old one',
      update(eip('lan', 'x'), eip('lan', 'x', { spec: { interface: 'a/b' } })),
      /^spec\.interface/,
    ],
    ['the deletion of a used pool', remove(lan), /^status\.used: Service default\/web has 192\.0\.2\.10: first delete/],
    [
      'the deletion of a pool that only a label ties to its Services',
      remove(eip('lan', '192.0.2.50'), { services: [service('web', '192.0.2.10', { [label]: 'lan' })], eips: [] }),
      /Service default\/web has 192\.0\.2\.10/,
    ],
    [
      'the same where the label cannot have the whole name',
      remove(eip(long, '192.0.2.50'), {
        services: [service('web', '192.0.2.10', { [label]: originLabel(long) })],
        eips: [],
      }),
      /Service default\/web has 192\.0\.2\.10/,
    ],
    [
      'with three names when there are many',
      remove(lan, { services: Array.from({ length: 9 }, (_, at) => service(`s${at}`, '192.0.2.12')) }),
      /default\/s2 has 192\.0\.2\.12 and 6 more Services have others:/,
    ],
    [
      'for the sake of Services that are ours by flag',
      remove(lan, { services: [{ ...web, metadata: { name: 'plain', namespace: 'default' } }], all: true }),
      /Service default\/plain has/,
    ],
  ] as const) {
    it(claim, () => assert.match(text, message));
  }
});
