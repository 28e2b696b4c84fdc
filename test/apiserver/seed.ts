// Owns: what is there before anybody writes: the four namespaces and the Service of the API server itself.
import type { JsonMap } from './object.js';
import { create } from './operations/create.js';
import type { Environment } from './operations/environment.js';

const namespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

export function seed(environment: Environment): void {
  const make = (version: string, plural: string, namespace: string | undefined, object: JsonMap) => {
    const found = environment.registry.find('', version, plural)!;
    const target = { ...found, namespace, name: undefined, subresource: undefined };
    create(environment, target, object, {
      fieldManager: 'kube-apiserver',
      fieldValidation: 'Strict',
      dryRun: false,
      warnings: [],
    });
  };
  for (const name of namespaces) make('v1', 'namespaces', undefined, { metadata: { name } });
  make('v1', 'services', 'default', {
    metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443 }] },
  });
}
