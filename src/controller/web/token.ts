/** Where a request has its token: a cookie, which the page gets for one, or the header that programs send. Pure. */
import type { IncomingHttpHeaders } from 'node:http';

/** Sent to this very host only, never to scripts, never on the word of another site (RFC 6265bis 4.1.3.2). */
const cookieName = '__Host-openelb-token';
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict';

/** Browsers take no larger cookie than 4096 bytes, with its name and attributes. */
const longestToken = 3_900;

export function isToken(text: string): boolean {
  return text.length <= longestToken && /^[A-Za-z0-9._~+/-]+=*$/.test(text);
}

export function tokenOf({ authorization, cookie }: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  const token = bearer ?? cookieValue(cookie ?? '');
  return token !== undefined && isToken(token) ? token : undefined;
}

function cookieValue(cookies: string): string | undefined {
  const pair = cookies.split(/; */).find((each) => each.startsWith(`${cookieName}=`));
  return pair?.slice(cookieName.length + 1);
}

/** It ends with the browser's session, and with the token. */
export function cookieWith(token: string): string {
  return `${cookieName}=${token}; ${attributes}`;
}

export const noCookie = `${cookieName}=; ${attributes}; Max-Age=0`;
