import { writeFile } from 'node:fs/promises';

/** How to reach a server. `certificateAuthority` is PEM. */
export interface Access {
  readonly url: string;
  readonly token?: string;
  readonly certificateAuthority?: string;
}

/** Writes a kubeconfig (as JSON, which is YAML) that only its owner can read. */
export async function writeKubeconfig(path: string, access: Access): Promise<void> {
  const cluster = {
    server: access.url,
    ...(access.certificateAuthority && {
      'certificate-authority-data': Buffer.from(access.certificateAuthority).toString('base64'),
    }),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: access.token ? { token: access.token } : {} }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  await writeFile(path, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
}
