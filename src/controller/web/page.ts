/** The files of the page, as they are built beside the program, and the headers that everything goes out with. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
}

/** By path. */
export type Page = ReadonlyMap<string, PageFile>;

const files = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
] as const;

/** @param folder where they are. @throws Error that says what to do when one is not there */
export async function loadPage(folder: URL): Promise<Page> {
  const page = new Map<string, PageFile>();
  for (const [path, name, type] of files) {
    const body = await readFile(new URL(name, folder)).catch((cause: Error) => {
      throw new Error(`the page of the web view cannot be read: run npm run build, or leave out --web-address`, {
        cause,
      });
    });
    page.set(path, { type, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` });
  }
  return page;
}

/** Nothing is fetched from anywhere else, framed, guessed or kept; scripts are those of the page. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
