/** The address of the group below, which n1 takes. */
export const vip = '10.77.0.100';

/** A group whose only member is n1. */
export const group = {
  apiVersion: 'network.kubesphere.io/v1alpha2',
  kind: 'VipGroup',
  metadata: { name: 'web' },
  spec: {
    protocol: 'vip',
    interface: 'eth0',
    addresses: [vip],
    vrrp: { virtualRouterId: 9, advertisementInterval: '100ms' },
    members: [{ node: 'n1', priority: 254 }],
  },
};

/** With which an agent asks the API server at that URL. */
export function kubeconfigOf(server: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'one',
    contexts: [{ name: 'one', context: { cluster: 'one', user: 'nobody' } }],
    clusters: [{ name: 'one', cluster: { server } }],
    users: [{ name: 'nobody', user: { token: 'x' } }],
  };
}
