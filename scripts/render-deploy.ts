#!/usr/bin/env -S node --import=tsx
// Writes deploy/openelb-vip.yaml, deploy/metallb/rbac.yaml and deploy/web/web.yaml from the chart with real helm: `render-deploy.ts [--check]`. With --check it writes nothing
// and fails when the file is stale.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
const metallbHeader = `# Rendered from the chart at the root of the repository (npm run render): change the chart, not this file.
#
# What the controller needs besides openelb-vip.yaml to read MetalLB's objects (its flag --metallb-objects). Where MetalLB has not
# installed its kinds, kubectl create -f crds/ does it in our wording.
`;
const webHeader = `# Rendered from the chart at the root of the repository (npm run render): change the chart, not this file.
#
# What the controller needs besides openelb-vip.yaml to serve the web view (its flag --web-address=:9444; docs/web-view.md), and the
# account whose tokens may see it.
`;
await keep('openelb-vip.yaml', header + (await render()));
await keep('metallb/rbac.yaml', metallbHeader + (await render(metallbRights())));
await keep('web/web.yaml', webHeader + (await render(webObjects())));

async function keep(file: string, rendered: string): Promise<void> {
  const target = join(root, 'deploy', file);
  if (!process.argv.includes('--check')) {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, rendered);
  } else if ((await readFile(target, 'utf8').catch(() => '')) !== rendered) {
    console.error(`deploy/${file} is stale: run npm run render and commit it`);
    process.exitCode = 1;
  }
}

function metallbRights(): readonly string[] {
  return ['--set', 'metallb.enabled=true,metallb.crds=false', '--show-only', 'templates/metallb.yaml'];
}

function webObjects(): readonly string[] {
  return ['--set', 'controller.web.enabled=true', '--show-only', 'templates/web.yaml'];
}

async function render(more: readonly string[] = []): Promise<string> {
  const { helm } = await unpackTools();
  const args = ['template', 'openelb', root, '--namespace', 'openelb-system', '--set', 'namespace.create=true'];
  // They are Helm's to make and take away.
  args.push('--skip-tests');
  // One file for every server: the oldest does not know what the newest does.
  args.push('--kube-version', 'v1.20.0');
  // What OpenShift asks for allows nothing elsewhere.
  args.push('--api-versions', 'security.openshift.io/v1');
  const { stdout } = await promisify(execFile)(helm, [...args, ...more], { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
