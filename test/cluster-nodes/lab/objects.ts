import { join } from 'node:path';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { probePort } from '../../lab/responder.js';

export type Pool = 'vip' | 'vip6' | 'layer2' | 'bgp';

/** An Eip for each mode and family that is asked. */
export function pools(): readonly object[] {
  const onNic = (name: Pool, protocol: string, address: string) =>
    pool(name, { address, protocol, interface: 'eth0', vrrp: { groups: 1, advertisementInterval: '250ms' } });
  return [
    onNic('vip', 'vip', '10.198.0.200-10.198.0.209'),
    onNic('vip6', 'vip', 'fd98::200-fd98::209'),
    onNic('layer2', 'layer2', '10.198.0.210-10.198.0.219'),
  ];
}

/** An Eip. */
export function pool(name: string, spec: object): object {
  return { apiVersion: 'network.kubesphere.io/v1alpha2', kind: 'Eip', metadata: { name }, spec };
}

/** A Pod on each node, which answers as the lab's responder does; with the image's Node.js, the program comes from the clone. @param image that every node has */
export function responders(image: string): object {
  const labels = { app: 'responder' };
  const program = '/build/test/lab/programs/responder.js';
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'responder' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          tolerations: [{ operator: 'Exists' }],
          containers: [
            {
              name: 'responder',
              image,
              imagePullPolicy: 'Never',
              stdin: true,
              command: ['/nodejs/bin/node', program, '$(NODE)', String(probePort), '8080'],
              env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
              securityContext: { runAsUser: 0 },
              readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
              volumeMounts: [{ name: 'build', mountPath: '/build', readOnly: true }],
            },
          ],
          volumes: [{ name: 'build', hostPath: { path: join(projectRoot(), 'build') } }],
        },
      },
    },
  };
}

export interface ServiceSettings {
  readonly name: string;
  readonly pool: Pool;
  readonly protocol: 'TCP' | 'UDP';
  readonly policy: 'Local' | 'Cluster';
}

/** A Service in front of the responders. */
export function service({ name, pool, protocol, policy }: ServiceSettings): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb', 'eip.openelb.kubesphere.io/v1alpha2': pool },
    },
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: policy,
      ipFamilies: [pool === 'vip6' ? 'IPv6' : 'IPv4'],
      selector: { app: 'responder' },
      ports: [{ protocol, ...portsOf[protocol] }],
    },
  };
}

/** By which each node answers for itself: with the policy Local, by its own responder. */
export function nodePort(): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'node' },
    spec: {
      type: 'NodePort',
      externalTrafficPolicy: 'Local',
      selector: { app: 'responder' },
      ports: [{ protocol: 'UDP', ...portsOf.UDP, nodePort: nodePortOfEach }],
    },
  };
}

export const nodePortOfEach = 30007;

export const portsOf = {
  TCP: { port: 80, targetPort: 8080 },
  UDP: { port: probePort, targetPort: probePort },
} as const;
