/** The flags that turn the webhook on and say who may call it. */
import type { Flag, FlagValues } from '../../cli/flags.js';
import { type ListenAddress, parseListenAddress } from '../../cli/listen-address.js';
import { type ClientAuthority, loadClientAuthority } from './client-authority.js';

export const webhookFlag: Flag = {
  name: 'webhook-address',
  type: 'string',
  value: 'HOST:PORT',
  default: '0',
  help:
    'Where the validating webhook for Eips listens, with a certificate of its own; 0 for nowhere. The API server finds it by ' +
    'the ValidatingWebhookConfiguration openelb-admission.',
  check: (text) =>
    parseListenAddress(text) === undefined ? 'not an address to listen on: use host:port, :port, or 0' : undefined,
};

export const agentAccountFlag: Flag = {
  name: 'agent-service-account',
  type: 'string',
  value: 'NAME',
  default: 'openelb-agent',
  help: 'The ServiceAccount of the agents, in --namespace: the webhook keeps each of them to the entries of its own node.',
};

export const webhookClientFlags: readonly Flag[] = [
  {
    name: 'webhook-client-ca',
    type: 'string',
    value: 'FILE',
    default: '',
    help:
      'Only who has a client certificate of this authority (PEM) may call the webhook; for API servers that have one for it. Without it who ' +
      'calls by another path than the ValidatingWebhookConfiguration says is told nothing that it did not say itself.',
  },
  {
    name: 'webhook-client-names',
    type: 'string',
    value: 'LIST',
    default: '',
    help: 'Common names of the client certificates that may call the webhook, with --webhook-client-ca. Empty: every one.',
  },
];

/** Who may call; undefined: anybody. @throws Error when the file of the authority is no help */
export async function webhookClients(values: FlagValues): Promise<ClientAuthority | undefined> {
  const path = String(values['webhook-client-ca'] ?? '');
  const names = String(values['webhook-client-names'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (path === '' && names.length > 0)
    throw new Error('--webhook-client-names is given without --webhook-client-ca: give the authority, too');
  return path === '' ? undefined : loadClientAuthority(path, names);
}

/** Where to listen; undefined for nowhere. */
export function webhookAddress(values: FlagValues): ListenAddress | undefined {
  const address = parseListenAddress(String(values[webhookFlag.name] ?? ''));
  return address === 'off' ? undefined : address;
}
