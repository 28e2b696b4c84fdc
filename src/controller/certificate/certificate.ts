/**
 * Makes the certificate of the webhook: an authority that signs one certificate and is then forgotten, so that there is no
 * authority's key that anybody could steal. Profile: RFC 5280; P-256 with SHA-256.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { ipToBytes, parseIp } from '../../core/ip/address.js';
import * as der from './der.js';

/** All PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  /** PKCS #8. */
  readonly key: string;
  /** The certificate of the authority that signed it. */
  readonly authority: string;
}

/**
 * @param names DNS names and IP addresses the server is called by
 * @param now milliseconds since 1970; it is valid from an hour earlier, for API servers whose clock is behind
 */
export function issueCertificate(names: readonly string[], now: number, lifetimeMs: number): IssuedCertificate {
  const [authority, server] = [keyPair(), keyPair()];
  // A name of its own, so that of several authorities in a bundle the right one is found.
  const issuer = `openelb-admission ${randomBytes(4).toString('hex')}`;
  const validity = der.sequence(der.time(now - hourMs), der.time(now + lifetimeMs));
  const signed = (subject: string, publicKey: KeyObject, extensions: readonly Uint8Array[]) =>
    pem('CERTIFICATE', certificate({ issuer, subject, validity, publicKey, extensions, signer: authority.privateKey }));
  return {
    certificate: signed(names[0] ?? 'openelb-admission', server.publicKey, serverExtensions(names)),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    authority: signed(issuer, authority.publicKey, authorityExtensions),
  };
}

const hourMs = 3_600_000;
const ecdsaWithSha256 = der.sequence(der.objectIdentifier('1.2.840.10045.4.3.2'));

function keyPair() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function certificate(o: {
  readonly issuer: string;
  readonly subject: string;
  readonly validity: Uint8Array;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Uint8Array[];
  readonly signer: KeyObject;
}): Uint8Array {
  const version3 = der.tagged(0, 'constructed', der.integer(Uint8Array.of(2)));
  const body = der.sequence(
    version3,
    der.integer(Uint8Array.of(1, ...randomBytes(15))),
    ecdsaWithSha256,
    distinguishedName(o.issuer),
    o.validity,
    distinguishedName(o.subject),
    o.publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(3, 'constructed', der.sequence(...o.extensions)),
  );
  return der.sequence(body, ecdsaWithSha256, der.bitString(sign('sha256', body, o.signer)));
}

/** A common name has at most 64 characters (RFC 5280 appendix A.1); what counts is the subjectAltName. */
function distinguishedName(commonName: string): Uint8Array {
  const attribute = der.sequence(der.objectIdentifier('2.5.4.3'), der.utf8String(commonName.slice(0, 64)));
  return der.sequence(der.setOf(attribute));
}

const authorityExtensions = [
  extension('2.5.29.19', true, der.sequence(der.boolean(true))), // basicConstraints: CA
  extension('2.5.29.15', true, der.bitString(Uint8Array.of(0b0000_0110), 1)), // keyUsage: keyCertSign, cRLSign
];

function serverExtensions(names: readonly string[]): readonly Uint8Array[] {
  const alternatives = names.map((name) =>
    isIP(name) === 0
      ? der.tagged(2, 'primitive', new TextEncoder().encode(name))
      : der.tagged(7, 'primitive', ipToBytes(parseIp(name)!)),
  );
  return [
    extension('2.5.29.19', true, der.sequence()),
    extension('2.5.29.15', true, der.bitString(Uint8Array.of(0b1000_0000), 7)), // keyUsage: digitalSignature
    extension('2.5.29.37', false, der.sequence(der.objectIdentifier('1.3.6.1.5.5.7.3.1'))), // serverAuth
    extension('2.5.29.17', false, der.sequence(...alternatives)), // subjectAltName
  ];
}

function extension(identifier: string, critical: boolean, value: Uint8Array): Uint8Array {
  const flag = critical ? [der.boolean(true)] : [];
  return der.sequence(der.objectIdentifier(identifier), ...flag, der.octetString(value));
}

function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
