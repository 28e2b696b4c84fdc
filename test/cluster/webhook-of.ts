// Owns: the ValidatingWebhookConfiguration that makes an API server call a controller on this machine.
import { join } from 'node:path';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import {
  agentPath,
  eipPath,
  type WebhookConfiguration,
  webhookConfigurations,
} from '../../src/controller/webhook/configuration.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';
import { eventually } from '../lab/eventually.js';

/** The chart's configuration with a URL in place of the Service, which needs kube-proxy. */
export async function callWebhookAt(client: ApiClient, port: number): Promise<void> {
  const { helm } = await unpackTools();
  const show = ['--show-only', join('templates', 'webhook.yaml')];
  const args = [
    'template',
    'openelb',
    projectRoot(),
    ...show,
    '--namespace',
    'openelb-system',
    '--kube-version',
    'v1.20.0',
  ];
  const { stdout } = await execa(helm, args);
  const documents = parseAllDocuments(stdout).map(
    (document) => document.toJS() as WebhookConfiguration & { kind: string },
  );
  const configuration = documents.find(({ kind }) => kind === webhookConfigurations.kind)!;
  const webhooks = configuration.webhooks?.map((webhook) => {
    const path = webhook.name.startsWith('validate.eip.') ? eipPath : agentPath;
    // Tests share their machine: a review that comes late would be gone on without.
    return { ...webhook, timeoutSeconds: 30, clientConfig: { url: `https://127.0.0.1:${port}${path}` } };
  });
  await client.create(webhookConfigurations, { ...configuration, webhooks });
}

/** Waits until the API server calls the webhook, and is heard: it follows its configuration with a delay. */
export async function webhookIsCalled(client: ApiClient): Promise<void> {
  const eip = { apiVersion: 'network.kubesphere.io/v1alpha2', kind: 'Eip', metadata: { name: 'probe' } };
  const path = '/apis/network.kubesphere.io/v1alpha2/eips';
  await eventually(
    'a call of the webhook',
    async () => {
      const body = { ...eip, spec: { address: '192.0.2.256' } };
      const outcome = await client.request({ method: 'POST', path, query: { dryRun: 'All' }, body }).then(
        () => '',
        (error: Error) => error.message,
      );
      return outcome.includes('denied the request');
    },
    { withinMs: 30_000 },
  );
}
