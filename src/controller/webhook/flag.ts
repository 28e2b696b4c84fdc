/** The flag that turns the webhook on. */
import type { Flag, FlagValues } from '../../cli/flags.js';
import { type ListenAddress, parseListenAddress } from '../../cli/listen-address.js';

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

/** Where to listen; undefined for nowhere. */
export function webhookAddress(values: FlagValues): ListenAddress | undefined {
  const address = parseListenAddress(String(values[webhookFlag.name] ?? ''));
  return address === 'off' ? undefined : address;
}
