import assert from 'node:assert/strict';
import { encodeAdvert, virtualRouterLinkLocal } from '../../../../src/core/wire/vrrp.js';
import { decodeAdvertFrame } from '../../../../src/core/wire/vrrp-frame.js';
import { readVector, toHex, type Vector, vectorNames } from '../../../vectors/vector.js';

const outcomes: Readonly<Record<string, string>> = {
  'captured/router-v2': 'v2',
  'captured/router-v2-password': 'auth-type',
  'captured/router-v2-second': 'v2',
  'captured/router-v3-ipv4': 'pseudo-header',
  'captured/router-v3-ipv6': 'v6',
  'captured/router-v3-ipv6-five': 'v6',
  'captured/no-authentication-data': 'length',
};

describe('frames that others sent', () => {
  for (const [name, outcome] of Object.entries(outcomes)) {
    const vector = readVector(name);
    const decoded = decodeAdvertFrame(vector.bytes, vector.bytes.length);

    it(`are judged: ${vector.title}: ${outcome}`, () => {
      assert.equal(decoded.ok ? decoded.received.checksumForm : decoded.reason, outcome);
    });

    if (!decoded.ok) continue;
    it(`are written to the byte: ${vector.title}`, () => {
      const { advert, source, destination, checksumForm } = decoded.received;
      const form = checksumForm === 'pseudo-header' ? 'pseudo-header' : 'message';
      assert.equal(toHex(encodeAdvert(advert, source, destination, form)), toHex(messageOf(vector)));
    });
  }

  it('are all judged', () => assert.deepEqual(vectorNames('captured'), Object.keys(outcomes).sort()));

  it('over IPv6 begin with the link-local address that is made of the virtual MAC', () => {
    for (const name of ['router-v3-ipv6', 'router-v3-ipv6-five']) {
      const { bytes } = readVector(`captured/${name}`);
      const decoded = decodeAdvertFrame(bytes, bytes.length);
      assert.ok(decoded.ok);
      const { addresses, virtualRouterId } = decoded.received.advert;
      assert.deepEqual(addresses[0], virtualRouterLinkLocal(virtualRouterId));
    }
  });
});

/** The VRRP message in a frame. */
function messageOf(vector: Vector): Uint8Array {
  const begin = vector.fields.find(({ name }) => name.startsWith('version '))!.at;
  const end = vector.fields.find(({ name }) => name === 'padding')?.at ?? vector.bytes.length;
  return vector.bytes.slice(begin, end);
}
