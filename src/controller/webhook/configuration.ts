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
      readonly service?: { readonly name: string; readonly namespace: string; readonly path?: string };
      /** PEM in base64. */
      readonly caBundle?: string;
    };
  }[];
}

/** Called as OpenELB called its own, so that one that OpenELB left behind is replaced and not obeyed any longer. */
export const configurationName = 'openelb-admission';

/** The path that reviews of Eips are sent to, as in OpenELB. */
export const eipPath = '/validate-network-kubesphere-io-v1alpha2-eip';
/** The path that reviews of what agents write are sent to. */
export const agentPath = '/validate-own-entries';

/** By the name of the webhook. */
const paths: Readonly<Record<string, string>> = {
  'validate.eip.network.kubesphere.io': eipPath,
  'status.own-entries.network.kubesphere.io': agentPath,
  'lease.own-entries.network.kubesphere.io': agentPath,
};

/** What is written into a configuration. */
export interface Injected {
  /** PEM: whom it trusts. */
  readonly bundle: string;
  /** The last step of the path that it calls: who knows it may read this configuration, and is taken for the API server. */
  readonly pathToken: string;
}

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

/** What makes the configuration trust `bundle` and call by a path that only it knows: nothing when it does already. */
export function injection(configuration: WebhookConfiguration, o: Injected): readonly JsonPatchOperation[] {
  const caBundle = Buffer.from(o.bundle).toString('base64');
  return (configuration.webhooks ?? []).flatMap(({ name, clientConfig }, at) => {
    const { url, service } = clientConfig;
    const on = `/webhooks/${at}/clientConfig`;
    const set = (field: string, is: string | undefined, value: string | undefined) =>
      is === value || value === undefined ? [] : [{ op: 'add' as const, path: `${on}/${field}`, value }];
    const base = Object.hasOwn(paths, name) ? paths[name] : undefined;
    const ownPath = (path: string | undefined) => (base === undefined ? undefined : withToken(path, base, o.pathToken));
    return [
      ...set('caBundle', clientConfig.caBundle, caBundle),
      ...(service === undefined ? [] : set('service/path', service.path, ownPath(service.path))),
      ...(url === undefined ? [] : set('url', url, ownPath(url))),
    ];
  });
}

/** The token that it calls by already: the configuration alone holds it, so that nobody reads it who may read Secrets only. */
export function pathTokenOf(configuration: WebhookConfiguration): string | undefined {
  for (const { name, clientConfig } of configuration.webhooks ?? []) {
    const base = Object.hasOwn(paths, name) ? paths[name] : undefined;
    const path = clientConfig.service?.path ?? clientConfig.url ?? '';
    const token = base === undefined ? undefined : path.split(`${base}/`)[1];
    if (token !== undefined && /^[0-9a-f]{48}$/.test(token)) return token;
  }
  return undefined;
}

/** A path, or a URL, that ends with ours; others are somebody else's wish, and stay. */
function withToken(path: string | undefined, base: string, token: string): string | undefined {
  if (path === undefined || path === '' || path === '/') return `${base}/${token}`;
  const at = path.lastIndexOf(base);
  const rest = at === -1 ? undefined : path.slice(at + base.length);
  return rest !== undefined && /^(?:\/[0-9a-f]*)?$/.test(rest)
    ? `${path.slice(0, at + base.length)}/${token}`
    : undefined;
}

/** Writes it; fails with 409 or 422 when somebody else has changed the configuration meanwhile. */
export async function inject(client: ApiClient, configuration: WebhookConfiguration, o: Injected): Promise<boolean> {
  const operations = injection(configuration, o);
  if (operations.length === 0) return false;
  const { name, resourceVersion } = configuration.metadata;
  await client.jsonPatch(webhookConfigurations, name, operations, {
    resourceVersion,
    fieldManager: 'openelb-controller',
  });
  return true;
}
