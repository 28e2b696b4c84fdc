// Owns: defaults of webhook configurations, and what is wrong with one.
// Source: kubernetes pkg/apis/admissionregistration/v1/defaults.go and validation (behaviour as of 1.35).
import { rulesOf, texts, webhooksOf } from '../admission/configured.js';
import { type Json, type JsonMap, type KubeObject, mapAt } from '../object.js';
import type { Cause } from '../status.js';
import type { Strategy } from './resource.js';

export const webhookConfigurationStrategy: Partial<Strategy> = {
  hasGeneration: true,
  setDefaults(object) {
    for (const webhook of webhooksOf(object)) {
      webhook.failurePolicy ??= 'Fail';
      webhook.matchPolicy ??= 'Equivalent';
      webhook.namespaceSelector ??= {};
      webhook.objectSelector ??= {};
      webhook.timeoutSeconds ??= 10;
      for (const rule of rulesOf(webhook)) rule.scope ??= '*';
      const service = mapAt(mapAt(webhook, 'clientConfig') ?? {}, 'service');
      if (service !== undefined) service.port ??= 443;
    }
  },
};

/** The same for those that are called. */
export const validatingWebhookStrategy: Partial<Strategy> = { ...webhookConfigurationStrategy, validate };

function validate(object: KubeObject): readonly Cause[] {
  const webhooks = webhooksOf(object);
  const duplicates = webhooks.flatMap(({ name }, index) =>
    webhooks.findIndex((other) => other.name === name) < index
      ? [{ reason: 'FieldValueDuplicate', message: `Duplicate value: "${name}"`, field: `webhooks[${index}].name` }]
      : [],
  );
  return [...webhooks.flatMap((webhook, index) => [...causes(webhook, `webhooks[${index}]`)]), ...duplicates];
}

const required = (field: string, why?: string): Cause => ({
  reason: 'FieldValueRequired',
  message: why === undefined ? 'Required value' : `Required value: ${why}`,
  field,
});
const invalid = (field: string, value: Json | undefined, why: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value ?? '')}: ${why}`,
  field,
});
const unsupported = (field: string, value: Json | undefined, choices: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${choices.map((one) => `"${one}"`).join(', ')}`,
  field,
});

const choices = {
  failurePolicy: ['Fail', 'Ignore'],
  matchPolicy: ['Equivalent', 'Exact'],
  sideEffects: ['None', 'NoneOnDryRun'],
} as const;
const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];

function* causes(webhook: JsonMap, at: string): Generator<Cause> {
  if (String(webhook.name ?? '').split('.').length < 3)
    yield invalid(`${at}.name`, webhook.name, 'should be a domain with at least three segments separated by dots');
  for (const [field, supported] of Object.entries(choices)) {
    const value = webhook[field];
    if (value === undefined) yield required(`${at}.${field}`, `must specify one of ${supported.join(', ')}`);
    else if (!supported.includes(String(value) as never)) yield unsupported(`${at}.${field}`, value, supported);
  }
  const seconds = Number(webhook.timeoutSeconds);
  if (seconds < 1 || seconds > 30)
    yield invalid(`${at}.timeoutSeconds`, seconds, 'the timeout value must be between 1 and 30 seconds');
  const versions = texts(webhook.admissionReviewVersions);
  if (versions.length === 0) yield required(`${at}.admissionReviewVersions`, 'must specify one of v1, v1beta1');
  else if (!versions.includes('v1'))
    yield invalid(`${at}.admissionReviewVersions`, versions, 'must include v1, which is all that this server speaks');
  if (Array.isArray(webhook.matchConditions) && webhook.matchConditions.length > 0)
    yield {
      reason: 'FieldValueForbidden',
      message: 'Forbidden: this server evaluates no CEL',
      field: `${at}.matchConditions`,
    };
  for (const [index, rule] of rulesOf(webhook).entries()) yield* ruleCauses(rule, `${at}.rules[${index}]`);
  yield* clientCauses(mapAt(webhook, 'clientConfig') ?? {}, `${at}.clientConfig`);
}

function* ruleCauses(rule: JsonMap, at: string): Generator<Cause> {
  for (const field of ['operations', 'apiGroups', 'apiVersions', 'resources'])
    if (texts(rule[field]).length === 0) yield required(`${at}.${field}`);
  for (const [index, operation] of texts(rule.operations).entries())
    if (!operations.includes(operation)) yield unsupported(`${at}.operations[${index}]`, operation, operations);
  if (!scopes.includes(String(rule.scope))) yield unsupported(`${at}.scope`, rule.scope, scopes);
}

function* clientCauses({ url, service }: JsonMap, at: string): Generator<Cause> {
  if ((url === undefined) === (service === undefined)) {
    yield required(at, 'exactly one of url or service is required');
    return;
  }
  if (url !== undefined) {
    const field = `${at}.url`;
    if (!URL.canParse(String(url))) yield invalid(field, url, 'url must be a valid URL');
    else if (new URL(String(url)).protocol !== 'https:')
      yield invalid(
        field,
        new URL(String(url)).protocol.replace(':', ''),
        `'https' is the only allowed URL scheme; desired format: https://host[/path]`,
      );
    return;
  }
  const { name, namespace, port } = (service ?? {}) as JsonMap;
  if (!name) yield required(`${at}.service.name`, 'service name is required');
  if (!namespace) yield required(`${at}.service.namespace`, 'service namespace is required');
  if (Number(port) < 1 || Number(port) > 65_535)
    yield invalid(`${at}.service.port`, port, 'must be between 1 and 65535, inclusive');
}
