/**
 * What is wrong with an HTTP URL that a machine is to ask. Stricter than browsers are, which guess what is meant by `10.300` or `0x7f.1`;
 * whatever passes is a URL to Node (the WHATWG's standard). Schemas know no URL class, hence this.
 */
import { parseIp } from '../core/ip/address.js';

const parts =
  /^https?:\/\/(?:[^\s/?#@\\%]*@)?(?<host>\[[^\]\s]*\]|[^\s/?#@:]*)(?::(?<port>[^\s/?#@]*))?(?:[/?#][^\s]*)?$/;
const label = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/** What is wrong, as the second half of a sentence; undefined when nothing is. */
export function httpUrlProblem(text: string): string | undefined {
  const { host, port } = parts.exec(text)?.groups ?? {};
  if (host === undefined)
    return 'it must be a URL with http:// or https://, a host, and where needed a port and a path';
  if (port !== undefined && !(/^[0-9]{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535))
    return `"${port}" is no port: it must be a number of 1 to 65535`;
  return hostProblem(host);
}

/** What is wrong with the host of such a URL; an IPv6 address is in brackets. */
export function hostProblem(host: string): string | undefined {
  if (host.startsWith('[')) {
    return parseIp(host.slice(1, -1))?.family === 6 ? undefined : `"${host}" is no IPv6 address`;
  }
  const labels = host.replace(/\.$/, '').split('.');
  if (/^([0-9]+|0[xX][0-9A-Fa-f]*)$/.test(labels.at(-1)!)) {
    return parseIp(host)?.family === 4 ? undefined : `"${host}" is no IPv4 address`;
  }
  if (host.length > 253 || !labels.every((each) => label.test(each) && !each.startsWith('xn--')))
    return `"${host}" is no host name: letters, digits and dashes, with dots between`;
  return undefined;
}
