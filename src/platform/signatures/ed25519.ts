/** Signatures by Ed25519 (RFC 8032), keys and signatures as text in base64url. */
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';

export interface Signer {
  /** 43 characters. */
  readonly publicKey: string;
  /** @returns 86 characters */
  sign(text: string): string;
}

/** Of a new key, which nobody else will ever have. */
export function createSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: publicKey.export({ format: 'jwk' }).x!,
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64url'),
  };
}

/** @param publicKey anything: what is no key has signed nothing */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  try {
    const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: publicKey } });
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}
