#!/usr/bin/env -S node --import=tsx
// Writes deploy/openelb-vip.yaml from the chart with real helm: `render-deploy.ts [--check]`. With --check it writes nothing
// and fails when the file is stale.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unpackTools } from './tools/kubectl.js';
import { projectRoot } from './tools/project-root.js';

const header = `# Rendered from the chart at the root of the repository (npm run render): change the chart, not this file.
#
# Install or upgrade:  kubectl apply --server-side -f openelb-vip.yaml
# Remove the programs: kubectl delete -f openelb-vip.yaml -l app.kubernetes.io/name=openelb-vip
#
# The label matters: without it the CustomResourceDefinitions go too, and with them every Eip, BgpConf, BgpPeer and VipGroup
# at once, in use or not, and the namespace. docs/removing.md says what stays behind and how to remove that.
`;

const root = projectRoot();
const target = join(root, 'deploy', 'openelb-vip.yaml');
const rendered = header + (await render());
if (!process.argv.includes('--check')) {
  await writeFile(target, rendered);
} else if ((await readFile(target, 'utf8').catch(() => '')) !== rendered) {
  console.error('deploy/openelb-vip.yaml is stale: run npm run render and commit it');
  process.exitCode = 1;
}

async function render(): Promise<string> {
  const { helm } = await unpackTools();
  const args = ['template', 'openelb', root, '--namespace', 'openelb-system', '--set', 'namespace.create=true'];
  // They are Helm's to make and take away.
  args.push('--skip-tests');
  // One file for every server: the oldest does not know what the newest does.
  args.push('--kube-version', 'v1.20.0');
  // What OpenShift asks for allows nothing elsewhere.
  args.push('--api-versions', 'security.openshift.io/v1');
  const { stdout } = await promisify(execFile)(helm, args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
