/** What the webhook serves with and is trusted by, as the Secret keeps it, and when it is to be made anew. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { conform } from '../../api/conform.js';
import { type IssuedCertificate, issueCertificate } from './certificate.js';

/** All PEM. `bundle`: the authorities that may have signed what any replica serves now. */
export interface Credentials {
  readonly certificate: string;
  readonly key: string;
  readonly bundle: string;
}

/** The part of a Secret of type kubernetes.io/tls that is read and written; values in base64. */
export interface SecretData {
  readonly 'tls.crt'?: string;
  readonly 'tls.key'?: string;
  readonly 'ca.crt'?: string;
}

const dayMs = 86_400_000;

/** How long a certificate is valid, and how long before its end it is replaced. */
export const lifetimeMs = 365 * dayMs;
export const renewBeforeMs = 120 * dayMs;

const text = { type: 'string', maxLength: 65_536 } as const;
const secretShape = { type: 'object', properties: { 'tls.crt': text, 'tls.key': text, 'ca.crt': text } } as const;

/** @param found `data` of a Secret: any JSON. What is no text in it is not there, and made anew */
export function credentialsOf(found: unknown): Credentials {
  const data = conform<SecretData>(secretShape, found).value ?? {};
  const text = (value: string | undefined) => Buffer.from(value ?? '', 'base64').toString();
  return { certificate: text(data['tls.crt']), key: text(data['tls.key']), bundle: text(data['ca.crt']) };
}

export function secretData({ certificate, key, bundle }: Credentials): Required<SecretData> {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return { 'tls.crt': base64(certificate), 'tls.key': base64(key), 'ca.crt': base64(bundle) };
}

/**
 * Why the credentials cannot go on being used, in a few words; undefined when they can.
 *
 * @param names every name the server is called by
 * @param now milliseconds since 1970
 */
export function renewalReason(
  { certificate, key, bundle }: Credentials,
  names: readonly string[],
  now: number,
): string | undefined {
  const problem = unusable({ certificate, key });
  if (problem !== undefined) return problem;
  try {
    const own = new X509Certificate(certificate);
    const signers = certificatesIn(bundle);
    if (!signers.some((signer) => own.checkIssued(signer) && own.verify(signer.publicKey)))
      return 'its authority is not in ca.crt';
    if (Date.parse(own.validTo) - now < renewBeforeMs) return `it ends ${own.validTo}`;
    if (Date.parse(own.validFrom) > now) return `it begins only ${own.validFrom}`;
    const missing = names.find(
      (name) => (isIP(name) === 0 ? own.checkHost(name, { subject: 'never' }) : own.checkIP(name)) === undefined,
    );
    return missing === undefined ? undefined : `it is not for ${missing}`;
  } catch (error) {
    return `it cannot be read (${(error as Error).message})`;
  }
}

/** Why nothing can be served with them, in a few words; undefined when it can. */
export function unusable({ certificate, key }: Pick<Credentials, 'certificate' | 'key'>): string | undefined {
  if (certificate === '' || key === '') return 'there is none yet';
  try {
    const own = new X509Certificate(certificate);
    return own.checkPrivateKey(createPrivateKey(key)) ? undefined : 'its key belongs to another certificate';
  } catch (error) {
    return `it cannot be read (${(error as Error).message})`;
  }
}

/** New credentials; the bundle goes on trusting what other replicas may still serve. */
export function renew(before: Credentials, names: readonly string[], now: number): Credentials {
  const issued: IssuedCertificate = issueCertificate(names, now, lifetimeMs);
  const alive = readable(before.bundle).filter((authority) => Date.parse(authority.validTo) > now);
  const bundle = [issued.authority, ...alive.slice(0, maxFormer).map((authority) => authority.toString())].join('');
  return { certificate: issued.certificate, key: issued.key, bundle };
}

/** How many earlier authorities stay trusted. */
const maxFormer = 2;

function readable(bundle: string): readonly X509Certificate[] {
  try {
    return certificatesIn(bundle);
  } catch {
    return []; // A bundle that nobody can read is trusted by nobody either.
  }
}

function certificatesIn(bundle: string): readonly X509Certificate[] {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
