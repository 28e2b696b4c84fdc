// Owns: a server on which the chart's admission policy is in force, and who writes to it.
// Refuses to know: what they write.
import { execa } from 'execa';
import { parseAllDocuments, stringify } from 'yaml';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { eventually } from '../lab/eventually.js';
import { type Caller, type CurrentServer, startCurrentServer } from './server.js';

const namespace = 'lb';
export const groupsPath = '/apis/network.kubesphere.io/v1alpha2/vipgroups';
export const leasesPath = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;

export const serviceAccount = (name: string): string => `system:serviceaccount:${namespace}:${name}`;

/** The agent whose token is bound to a Pod on these nodes: one, if all is well. */
export function agentOn(...nodes: readonly string[]): Caller {
  return {
    user: serviceAccount('openelb-agent'),
    ...(nodes.length > 0 && { extra: { 'authentication.kubernetes.io/node-name': nodes } }),
  };
}

export async function startPolicedServer(program: string, emulated?: string): Promise<CurrentServer> {
  const policies = await renderedPolicies();
  const server = await startCurrentServer(program, { policies, ...(emulated && { emulated }) });
  try {
    await server.applyDefinitions('crds-with-rules');
    await server.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', leases);
    await eventually('Leases', async () => (await server.call('GET', leasesPath)).status === 200);
    return server;
  } catch (error) {
    await server.stop(); // it would keep the tests from ending
    throw error;
  }
}

/** As the chart renders them, and the namespace of the programs. */
async function renderedPolicies(): Promise<string> {
  const { helm } = await unpackTools();
  const args = ['template', 'any-name', projectRoot(), '--namespace', namespace, '--kube-version', 'v1.36.0'];
  const { stdout } = await execa(helm, args);
  const rendered = parseAllDocuments(stdout)
    .map((document) => document.toJS() as { kind: string } | null)
    .filter((each) => each?.kind.startsWith('ValidatingAdmissionPolicy'));
  const names = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  return [...rendered, names].map((object) => stringify(object)).join('---\n');
}

/** The server knows custom resources only: so are Leases. */
const leases = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'leases.coordination.k8s.io',
    annotations: { 'api-approved.kubernetes.io': 'unapproved, stands in for those of kube-apiserver' },
  },
  spec: {
    group: 'coordination.k8s.io',
    scope: 'Namespaced',
    names: { kind: 'Lease', listKind: 'LeaseList', plural: 'leases', singular: 'lease' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { holderIdentity: { type: 'string' } } } },
          },
        },
      },
    ],
  },
};
