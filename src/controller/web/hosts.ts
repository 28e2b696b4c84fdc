/**
 * By which names the view is called. A page of somebody else's whose name leads here (DNS rebinding) is not answered: it comes with that
 * name in the header Host. Pure.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** Where `kubectl port-forward` listens, and the Service that the chart makes. */
export function namesOf(namespace: string, more: readonly string[]): readonly string[] {
  const service = ['openelb-web', `openelb-web.${namespace}`, `openelb-web.${namespace}.svc`];
  return [...new Set(['localhost', '127.0.0.1', '::1', ...service, `${service[2]}.cluster.local`, ...more])];
}

/** What is wrong with the value of --web-hosts; undefined: nothing. */
export function hostsProblem(text: string): string | undefined {
  const wrong = listOf(text).find((name) => !isIPv4(name) && !isPlainIPv6(name) && !isDnsName(name));
  return wrong === undefined ? undefined : `${wrong} is no name of a host: say names and addresses, without ports`;
}

/** In lower case, and IPv6 at its shortest, as browsers write it and Host is compared. */
export function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
    .map((name) => (isPlainIPv6(name) ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name));
}

/** Without a zone, which no Host has. */
function isPlainIPv6(name: string): boolean {
  return isIPv6(name) && !name.includes('%');
}

function isDnsName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
}

/** @param host the header; whatever its port: a port-forward has any */
export function isCalledBy(host: string | undefined, names: readonly string[]): boolean {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/.exec((host ?? '').toLowerCase());
  const name = match?.[1] ?? match?.[2];
  return name !== undefined && names.includes(name);
}

/** Whether a request that changes something comes from the page itself, or from a program that sends no Origin. */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || origin.toLowerCase() === `https://${(host ?? '').toLowerCase()}`;
}
