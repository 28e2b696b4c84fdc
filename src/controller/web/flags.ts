/** The flags of the web view. */
import type { Flag, FlagValues } from '../../cli/flags.js';
import { type ListenAddress, parseListenAddress } from '../../cli/listen-address.js';
import { hostsProblem, listOf } from './hosts.js';

const address: Flag = {
  name: 'web-address',
  type: 'string',
  value: 'HOST:PORT',
  default: '0',
  help:
    'Where the web view is served, read-only and over TLS, to whom the API server says may list what is shown; 0 for nowhere. ' +
    'The account of the controller needs the right to make TokenReviews and SubjectAccessReviews.',
  check: (text) =>
    parseListenAddress(text) === undefined ? 'not an address to listen on: use host:port, :port, or 0' : undefined,
};

export const webFlags: readonly Flag[] = [
  address,
  {
    name: 'web-hosts',
    type: 'string',
    value: 'LIST',
    default: '',
    help: 'Further names and addresses that the web view is called by; any other is not answered. localhost and the Service openelb-web always are.',
    check: hostsProblem,
  },
  {
    name: 'web-certificate-secret',
    type: 'string',
    value: 'NAME',
    default: '',
    help: 'The Secret in --namespace, of type kubernetes.io/tls, that the web view is served with. Empty: one of its own, openelb-web-certificate.',
  },
];

export interface WebSettings {
  readonly listen: ListenAddress;
  readonly hosts: readonly string[];
  readonly secret: string;
}

/** Undefined: there is to be none. */
export function webSettings(values: FlagValues): WebSettings | undefined {
  const listen = parseListenAddress(String(values[address.name] ?? ''));
  if (listen === 'off' || listen === undefined) return undefined;
  return {
    listen,
    hosts: listOf(String(values['web-hosts'] ?? '')),
    secret: String(values['web-certificate-secret'] ?? ''),
  };
}
