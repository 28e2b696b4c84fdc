/** Who may call the webhook, where the API server has a client certificate for it. */
import { readFile } from 'node:fs/promises';
import type { TLSSocket } from 'node:tls';

export interface ClientAuthority {
  /** PEM: callers have a certificate of one of these, or get no answer at all. */
  readonly certificates: string;
  /** Whether the certificate of a caller, which is verified, is one of those that may call. */
  isAllowed(socket: TLSSocket): boolean;
}

/**
 * @param path a PEM file
 * @param names common names; without any, every certificate of the authority may call
 * @throws Error when the file cannot be read or holds no certificate
 */
export async function loadClientAuthority(path: string, names: readonly string[]): Promise<ClientAuthority> {
  const certificates = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`--webhook-client-ca ${path} cannot be read: give a PEM file, or leave the flag out`, { cause });
  });
  if (!certificates.includes('-----BEGIN CERTIFICATE-----'))
    throw new Error(`--webhook-client-ca ${path} holds no certificate: give a PEM file with the authority's`);
  return {
    certificates,
    isAllowed: (socket) => {
      if (!socket.authorized) return false;
      const { CN } = (socket.getPeerCertificate().subject ?? {}) as { readonly CN?: string | readonly string[] };
      return names.length === 0 || (typeof CN === 'string' && names.includes(CN));
    },
  };
}
