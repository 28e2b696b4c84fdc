// Owns: ValidatingWebhookConfigurations as they are obeyed: each webhook with what applies to it.
import { isMap, type Json, type JsonMap, type KubeObject, mapAt } from '../object.js';
import type { Store } from '../storage/store.js';

/** One webhook of a configuration that has passed its checks. */
export interface Webhook {
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly matchPolicy: string;
  readonly namespaceSelector: JsonMap;
  readonly objectSelector: JsonMap;
  readonly failurePolicy: string;
  readonly timeoutSeconds: number;
  readonly clientConfig: JsonMap;
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly string[];
  readonly resources: readonly string[];
  readonly scope: string;
}

const collection = 'validatingwebhookconfigurations.admissionregistration.k8s.io';

/** Every webhook there is, in the order of the configurations' names. */
export function configuredWebhooks(store: Store): readonly Webhook[] {
  return store.list(collection)!.flatMap(([, configuration]) => webhooksOf(configuration).map(read));
}

export function webhooksOf(configuration: KubeObject): JsonMap[] {
  const { webhooks } = configuration;
  return Array.isArray(webhooks) ? webhooks.filter(isMap) : [];
}

export const rulesOf = ({ rules }: JsonMap): JsonMap[] => (Array.isArray(rules) ? rules.filter(isMap) : []);

export const texts = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);

function read(webhook: JsonMap): Webhook {
  return {
    name: String(webhook.name),
    rules: rulesOf(webhook).map((rule) => ({
      apiGroups: texts(rule.apiGroups),
      apiVersions: texts(rule.apiVersions),
      operations: texts(rule.operations),
      resources: texts(rule.resources),
      scope: String(rule.scope),
    })),
    matchPolicy: String(webhook.matchPolicy),
    namespaceSelector: mapAt(webhook, 'namespaceSelector') ?? {},
    objectSelector: mapAt(webhook, 'objectSelector') ?? {},
    failurePolicy: String(webhook.failurePolicy),
    timeoutSeconds: Number(webhook.timeoutSeconds),
    clientConfig: mapAt(webhook, 'clientConfig') ?? {},
  };
}
