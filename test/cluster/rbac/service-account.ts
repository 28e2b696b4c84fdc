// Owns: a kubeconfig with which a program has the rights that the rendered chart gives it, and no others.

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { createRawClient } from '../contract/raw-client.js';
import type { Cluster } from '../harness.js';
import type { InstalledCluster } from '../installed-cluster.js';
import { writeKubeconfig } from '../kubeconfig.js';

export type Access = Pick<Cluster, 'url' | 'token' | 'certificateAuthority'>;

/** Applies the RBAC of the manifest that users apply. The small server knows who a program is by its user agent instead. */
export async function accessOf(
  { cluster, kubectl }: InstalledCluster,
  program: string,
  folder: string,
): Promise<Access> {
  if (cluster.kind === 'small') return cluster;
  const documents = parseAllDocuments(readFileSync(join(projectRoot(), 'deploy', 'openelb-vip.yaml'), 'utf8'));
  const rbac = documents
    .map((document) => document.toJS())
    .filter((each) => /Role|ServiceAccount/.test(each?.kind ?? ''));
  const file = join(folder, 'rbac.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: rbac }));
  await kubectl('apply', '-f', file);
  const path = `/api/v1/namespaces/openelb-system/serviceaccounts/openelb-${program}/token`;
  const { status, body } = await createRawClient(cluster).post(path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: [] },
  });
  if (status !== 201) throw new Error(`no token for ${program}: ${JSON.stringify(body)}`);
  return { url: cluster.url, token: body.status.token, certificateAuthority: cluster.certificateAuthority! };
}

/** @returns the path of a kubeconfig */
export async function kubeconfigOf(access: Access, folder: string, name: string): Promise<string> {
  const path = join(folder, `${name}.kubeconfig`);
  await writeKubeconfig(path, access);
  return path;
}
