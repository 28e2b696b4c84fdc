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

/** A Pod on each node, which answers as the lab's responder does. @param image as of `programOnEachNode` */
export function responders(image: string): object {
  return programOnEachNode({
    name: 'responder',
    image,
    program: ['responder', '$(NODE)', String(probePort), '8080'],
    port: 8080,
  });
}

/** A program of the lab that Pods run, from the clone. */
export interface ProgramSettings {
  readonly name: string;
  /** Default: the namespace `default`. */
  readonly namespace?: string;
  /** Of its Pods. Default: `app` with its name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Every node must have it: its Node.js runs the program. */
  readonly image: string;
  /** Its file name in `test/lab/programs`, and its arguments, in which `$(NODE)` is the name of the node. */
  readonly program: readonly [string, ...string[]];
  /** It is ready once it takes connections there. */
  readonly port: number;
  /** More of the Pods' specification. */
  readonly pod?: object;
}

/** A Pod on each node that runs a program. */
export function programOnEachNode(o: ProgramSettings): object {
  return programIn('DaemonSet', o);
}

/** A Pod somewhere that runs a program. */
export function programSomewhere(o: ProgramSettings): object {
  return programIn('Deployment', o);
}

function programIn(kind: 'DaemonSet' | 'Deployment', o: ProgramSettings): object {
  const { name, namespace = 'default', labels = { app: name }, image, port } = o;
  const [program, ...parameters] = o.program;
  const mounted = { build: 'build', 'node-modules': 'node_modules' };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          tolerations: [{ operator: 'Exists' }],
          containers: [
            {
              name,
              image,
              imagePullPolicy: 'Never',
              stdin: true,
              command: ['/nodejs/bin/node', `/build/test/lab/programs/${program}.js`, ...parameters],
              env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
              securityContext: { runAsUser: 0 },
              // Without, it has a thousandth of the weight of the node's own programs, and is judged by how long it waits.
              resources: { requests: { cpu: '500m' } },
              readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
              volumeMounts: Object.entries(mounted).map(([volume, folder]) => ({
                name: volume,
                mountPath: `/${folder}`,
                readOnly: true,
              })),
            },
          ],
          volumes: Object.entries(mounted).map(([volume, folder]) => ({
            name: volume,
            hostPath: { path: join(projectRoot(), folder) },
          })),
          ...o.pod,
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

/** By which each node answers for itself: by its own responder, and by TCP, which takes it as many turns as most targets do. */
export function nodePort(): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'node' },
    spec: {
      type: 'NodePort',
      externalTrafficPolicy: 'Local',
      selector: { app: 'responder' },
      ports: [{ protocol: 'TCP', ...portsOf.TCP, nodePort: nodePortOfEach }],
    },
  };
}

export const nodePortOfEach = 30007;

export const portsOf = {
  TCP: { port: 80, targetPort: 8080 },
  UDP: { port: probePort, targetPort: probePort },
} as const;
