/** The ValidatingWebhookConfiguration: by which names it calls us, and whom it trusts. */
import type { ApiClient, JsonPatchOperation } from '../../platform/kubernetes/client.js';
import type { Resource } from '../../platform/kubernetes/resource.js';

/** The part that is read. */
export interface WebhookConfiguration {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
  readonly webhooks?: readonly {
    readonly name: string;
    readonly clientConfig: {
      readonly url?: string;
      readonly service?: { readonly name: string; readonly namespace: string };
      /** PEM in base64. */
      readonly caBundle?: string;
    };
  }[];
}

/** Called as OpenELB called its own, so that one that OpenELB left behind is replaced and not obeyed any longer. */
export const configurationName = 'openelb-admission';

export const webhookConfigurations: Resource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'validatingwebhookconfigurations',
  kind: 'ValidatingWebhookConfiguration',
  namespaced: false,
};

/** The names and addresses that the API server will call; sorted, each once. */
export function serverNames(configuration: WebhookConfiguration): readonly string[] {
  const names = (configuration.webhooks ?? []).flatMap(({ clientConfig: { url, service } }) => {
    if (service !== undefined) return [`${service.name}.${service.namespace}.svc`];
    return url !== undefined && URL.canParse(url) ? [new URL(url).hostname.replace(/^\[|\]$/g, '')] : [];
  });
  return [...new Set(names)].sort();
}

/** What makes the configuration trust `bundle` (PEM): nothing when it does already. */
export function injection(configuration: WebhookConfiguration, bundle: string): readonly JsonPatchOperation[] {
  const caBundle = Buffer.from(bundle).toString('base64');
  return (configuration.webhooks ?? []).flatMap(({ clientConfig }, at) =>
    clientConfig.caBundle === caBundle
      ? []
      : [{ op: 'add' as const, path: `/webhooks/${at}/clientConfig/caBundle`, value: caBundle }],
  );
}

/** Writes it; fails with 409 or 422 when somebody else has changed the configuration meanwhile. */
export async function inject(client: ApiClient, configuration: WebhookConfiguration, bundle: string): Promise<boolean> {
  const operations = injection(configuration, bundle);
  if (operations.length === 0) return false;
  const { name, resourceVersion } = configuration.metadata;
  await client.jsonPatch(webhookConfigurations, name, operations, {
    resourceVersion,
    fieldManager: 'openelb-controller',
  });
  return true;
}
