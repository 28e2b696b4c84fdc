/** What this version does not announce, in words for each object that says so. */
import { type Document, type Remark, remark } from './document.js';

const instead =
  'leave its Services with what announces them now; or, if nodes and clients share a LAN, write protocol vip and an interface';

/** @param by what announces its addresses now, such as `protocol bgp` */
export function poolByBgp(pool: Pick<Document, 'called'>, field: string, by: string): Remark {
  const message = `${by}: this version announces nothing by BGP, so nobody would answer for its addresses: ${instead}`;
  return remark(pool, field, message);
}

/** A session with a router, or what is said in it. */
export function sessionOfBgp(object: Pick<Document, 'called'>): Remark {
  const message =
    'this version holds no BGP sessions, so its routers learn nothing: leave the program that holds them now where it is';
  return remark(object, '', message);
}
