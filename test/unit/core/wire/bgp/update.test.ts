import assert from 'node:assert/strict';
import { attributeRules } from '../../../../../src/core/wire/bgp/attribute-rules.js';
import { decodeMessage } from '../../../../../src/core/wire/bgp/message.js';
import { formatPrefix } from '../../../../../src/core/wire/bgp/prefix.js';
import type { Update } from '../../../../../src/core/wire/bgp/update.js';
import { fromHex } from '../../../../vectors/vector.js';
import { context, ip, message, nextHop4, own, readUpdate, refused, update, vip4 } from './given.js';

const origin = '40010100';
const asPath = '40020602 01fa56ea01';
const nextHop = '400304c000020b';
const mandatory = `${origin} ${asPath} ${nextHop}`;
const nlri = '20c633640a';
const mpReach = '800e26 0002011020010db8000000000000000000000011008020010db8010000000000000000000010';
const mpUnreach = '800f08 00010120c633640b';

/** Prefixes as text, faults as `5 attribute-length treat-as-withdraw`. */
function told({ withdrawn, reach, faults }: Update) {
  return {
    withdrawn: withdrawn.map(formatPrefix),
    announced: reach.flatMap(({ prefixes }) => prefixes.map(formatPrefix)),
    faults: faults.map(({ attribute, reason, treatment }) => `${attribute} ${reason} ${treatment}`),
  };
}

describe('an UPDATE', () => {
  it('may withdraw and announce at once, in both families', () => {
    const read = readUpdate(update('20c6336414', `${mpReach} ${mandatory} ${mpUnreach}`, nlri));
    assert.deepEqual(told(read), {
      withdrawn: ['198.51.100.20/32', '198.51.100.11/32'],
      announced: ['198.51.100.10/32', '2001:db8:100::10/128'],
      faults: [],
    });
  });

  it('may have a large community twice, and says it once (RFC 8092 3)', () => {
    const twice = 'c02018fa56ea010000000100000002fa56ea010000000100000002';
    const { attributes, faults } = readUpdate(update('', `${mandatory} ${twice}`, nlri));
    assert.deepEqual([attributes.largeCommunities, faults], [[[4_200_000_001, 1, 2]], []]);
  });

  it('keeps next hops apart: NEXT_HOP is that of its own routes only', () => {
    const { reach } = readUpdate(update('', `${mpReach} ${mandatory}`, nlri));
    assert.deepEqual(
      reach.map((each) => each.nextHop),
      [nextHop4, ip('2001:db8::11')],
    );
  });

  it('may come in attributes of extended length, whatever their length', () => {
    const read = readUpdate(update('', `5001000100 50020006 0201fa56ea01 ${nextHop}`, nlri));
    assert.deepEqual(read.attributes, own);
    assert.deepEqual(read.faults, []);
  });

  it('has AS numbers of 16 bits from a peer that knows no others', () => {
    const { attributes } = readUpdate(update('', `${origin} 40020402 015ba0 ${nextHop}`, nlri), { fourOctetAs: false });
    assert.deepEqual(attributes.asPath, [{ type: 'sequence', numbers: [23456] }]);
  });

  it('drops the bits of a prefix that do not count', () => {
    assert.deepEqual(told(readUpdate(update('14c633ff', '', ''))).withdrawn, ['198.51.240.0/20']);
  });

  it('passes over optional attributes that it does not know', () => {
    const read = readUpdate(update('', `${mandatory} c0630401020304 806400`, nlri));
    assert.deepEqual(told(read), { withdrawn: [], announced: ['198.51.100.10/32'], faults: [] });
  });

  for (const [what, bytes] of [
    ['withdraws a route', update('20c633640a', '', '')],
    ['announces a route', update('', mandatory, nlri)],
    ['withdraws nothing in MP_UNREACH_NLRI, but has attributes', update('', `${mandatory} 800f03000201`, '')],
  ] as const) {
    it(`is no End-of-RIB when it ${what}`, () => assert.equal(readUpdate(bytes).endOfRib, undefined));
  }

  it('may have a next hop for IPv4 routes in MP_REACH_NLRI of 4, 16 or 32 octets', () => {
    for (const length of [4, 16, 32]) {
      const value = `000101${length.toString(16).padStart(2, '0')}${'20'.repeat(length)}00${nlri}`;
      const attribute = `800e${(10 + length).toString(16).padStart(2, '0')}${value}`;
      const { reach } = readUpdate(update('', `${attribute} ${origin} ${asPath}`, ''));
      assert.deepEqual(reach, [{ nextHop: new Uint8Array(length).fill(0x20), prefixes: [vip4] }]);
    }
  });

  it('is the End-of-RIB of IPv4 in either form', () => {
    assert.equal(readUpdate(update('', '', '')).endOfRib, 4);
    assert.equal(readUpdate(update('', '800f03000101', '')).endOfRib, 4);
  });
});

describe('an UPDATE with a wrong attribute', () => {
  const withdraws: readonly [string, string, string][] = [
    ['ORIGIN of no octet', `400100 ${asPath} ${nextHop}`, '1 attribute-length'],
    ['ORIGIN of two octets', `4001020000 ${asPath} ${nextHop}`, '1 attribute-length'],
    ['ORIGIN 3', `40010103 ${asPath} ${nextHop}`, '1 origin'],
    ['ORIGIN that is optional', `c0010100 ${asPath} ${nextHop}`, '1 attribute-flags'],
    ['ORIGIN that is not transitive', `00010100 ${asPath} ${nextHop}`, '1 attribute-flags'],
    ['no ORIGIN', `${asPath} ${nextHop}`, '1 missing-well-known'],
    ['AS_PATH whose segment overruns', `${origin} 40020602 02fa56ea01 ${nextHop}`, '2 as-path'],
    ['AS_PATH with an octet left', `${origin} 4002070201fa56ea0100 ${nextHop}`, '2 as-path'],
    ['AS_PATH with a segment of none', `${origin} 4002020200 ${nextHop}`, '2 as-path'],
    ['AS_PATH with segment type 5', `${origin} 40020605 01fa56ea01 ${nextHop}`, '2 as-path'],
    ['AS_PATH with segment type 0', `${origin} 40020600 01fa56ea01 ${nextHop}`, '2 as-path'],
    ['AS_PATH with AS 0', `${origin} 40020a0202fa56ea0100000000 ${nextHop}`, '2 as-path'],
    ['no AS_PATH', `${origin} ${nextHop}`, '2 missing-well-known'],
    ['NEXT_HOP of three octets', `${origin} ${asPath} 400303c00002`, '3 attribute-length'],
    ['no NEXT_HOP', `${origin} ${asPath}`, '3 missing-well-known'],
    ['MED of three octets', `${mandatory} 800403000001`, '4 attribute-length'],
    ['MED that is transitive', `${mandatory} c0040400000001`, '4 attribute-flags'],
    ['no communities', `${mandatory} c00800`, '8 optional-attribute'],
    ['communities of six octets', `${mandatory} c00806fc000064ffff`, '8 optional-attribute'],
    ['extended communities of four octets', `${mandatory} c0100400020001`, '16 optional-attribute'],
    ['large communities of eight octets', `${mandatory} c020080000000100000002`, '32 optional-attribute'],
    ['well-known attribute that is unknown', `${mandatory} 40630100`, '99 unrecognized-well-known'],
    ['length that overruns all of them', `${origin} ${asPath} ${nextHop.replace('04', '05')}`, '3 attribute-list'],
    ['head that overruns all of them', `${mandatory} 4005`, '5 attribute-list'],
    ['flags that overrun all of them', `${mandatory} 40`, '0 attribute-list'],
    ['head of extended length that overruns', `${mandatory} 500500`, '5 attribute-list'],
  ];
  for (const [what, attributes, fault] of withdraws) {
    it(`withdraws its routes: ${what}`, () => {
      const read = readUpdate(update('20c6336414', attributes, nlri));
      assert.deepEqual(told(read), {
        withdrawn: ['198.51.100.20/32', '198.51.100.10/32'],
        announced: [],
        faults: [`${fault} treat-as-withdraw`],
      });
    });
  }

  it('withdraws those of MP_REACH_NLRI, too', () => {
    assert.deepEqual(told(readUpdate(update('', `${mpReach} 400100 ${asPath}`, ''))), {
      withdrawn: ['2001:db8:100::10/128'],
      announced: [],
      faults: ['1 attribute-length treat-as-withdraw'],
    });
  });

  for (const [what, attribute, fault] of [
    ['ATOMIC_AGGREGATE with a value', '40060100', '6 attribute-length'],
    ['AGGREGATOR of six octets', 'c007065ba0c000020b', '7 attribute-length'],
    ['AGGREGATOR of AS 0', 'c0070800000000c000020b', '7 optional-attribute'],
    ['LOCAL_PREF of another AS', '40050400000064', '5 not-internal'],
    ['ORIGINATOR_ID of another AS', '800904c000020b', '9 not-internal'],
    ['CLUSTER_LIST of another AS', '800a04c000020b', '10 not-internal'],
    ['a second ORIGIN', '40010102', '1 repeated'],
    ['a family that is none of ours', '800e05 0019410000', '14 family'],
    ['a SAFI that is none of ours', '800f03000102', '15 family'],
  ] as const) {
    it(`is read without it: ${what}`, () => {
      const read = readUpdate(update('', `${mandatory} ${attribute}`, nlri));
      assert.deepEqual(told(read), {
        withdrawn: [],
        announced: ['198.51.100.10/32'],
        faults: [`${fault} attribute-discard`],
      });
      assert.deepEqual(read.attributes, own);
    });
  }

  for (const [what, attribute, fault] of [
    ['AS4_PATH between speakers of 32 bits', 'c011060201fa56ea01', '17 not-two-octet'],
    ['AS4_AGGREGATOR between speakers of 32 bits', 'c01208fa56ea01c000020b', '18 not-two-octet'],
  ] as const) {
    it(`is read without it: ${what}`, () => {
      assert.deepEqual(told(readUpdate(update('', `${mandatory} ${attribute}`, nlri))), {
        withdrawn: [],
        announced: ['198.51.100.10/32'],
        faults: [`${fault} attribute-discard`],
      });
    });
  }

  for (const [what, attribute, faults] of [
    ['AS4_PATH', 'c011060201fa56ea01', []],
    ['no AS4_PATH', 'c01100', ['17 as-path attribute-discard']],
    ['AS4_PATH whose segment overruns', 'c011060202fa56ea01', ['17 as-path attribute-discard']],
    ['AS4_PATH of a confederation', 'c0110c0301fa56ea010201fa56ea02', ['17 as-path attribute-discard']],
    ['AS4_PATH with AS 0', 'c01106020100000000', ['17 as-path attribute-discard']],
    ['AS4_AGGREGATOR', 'c01208fa56ea01c000020b', []],
    ['AS4_AGGREGATOR of four octets', 'c0120400000001', ['18 attribute-length attribute-discard']],
    ['AS4_AGGREGATOR of AS 0', 'c0120800000000c000020b', ['18 optional-attribute attribute-discard']],
  ] as const) {
    it(`of a speaker of 16 bits is read with or without ${what}: nothing here depends on it`, () => {
      const read = readUpdate(update('', `${origin} 40020402 015ba0 ${nextHop} ${attribute}`, nlri), {
        fourOctetAs: false,
      });
      assert.deepEqual(told(read), { withdrawn: [], announced: ['198.51.100.10/32'], faults: [...faults] });
    });
  }

  it('of our own AS is judged by the lengths that those attributes have', () => {
    for (const [attribute, fault] of [
      ['400503000064', '5 attribute-length'],
      ['800903c00002', '9 attribute-length'],
      ['800a03c00002', '10 attribute-length'],
    ] as const) {
      const read = readUpdate(update('', `${mandatory} ${attribute}`, nlri), { external: false });
      assert.deepEqual(told(read).faults, [`${fault} treat-as-withdraw`]);
    }
    const right = readUpdate(update('', `${mandatory} 40050400000064`, nlri), { external: false });
    assert.equal(right.attributes.localPref, 100);
  });

  it('is treated as its severest fault demands, and tells them all', () => {
    const read = readUpdate(update('', `${mandatory} 40060100 800403000001`, nlri));
    assert.deepEqual(told(read), {
      withdrawn: ['198.51.100.10/32'],
      announced: [],
      faults: ['6 attribute-length attribute-discard', '4 attribute-length treat-as-withdraw'],
    });
  });

  for (const [what, attributes, reason, data] of [
    ['ORIGIN 3', '40010103', 'origin', '40010103'],
    ['ORIGIN that is optional', 'c0010100', 'attribute-flags', 'c0010100'],
    ['MED of three octets', '800403000001', 'attribute-length', '800403000001'],
    ['communities of six octets', 'c00806fc000064ffff', 'optional-attribute', 'c00806fc000064ffff'],
    ['a well-known attribute that is unknown', '50630001ff', 'unrecognized-well-known', '50630001ff'],
    ['no ORIGIN', `800e15 00020110${'20'.repeat(16)}00 ${asPath}`, 'missing-well-known', '01'],
    ['AS_PATH with AS 0', '400206020100000000', 'as-path', ''],
    ['a length that overruns', '400101', 'attribute-list', ''],
    ['the first of two', '40010103 800403000001', 'origin', '40010103'],
  ] as const) {
    it(`has data as RFC 4271 6.3 wants it when there is no route: ${what} (${reason})`, () => {
      const decoded = decodeMessage(update('20c6336414', attributes, ''), context);
      assert.deepEqual(decoded, { ok: false, error: { reason, data: fromHex(data) } });
    });
  }

  const resets: readonly [string, string, Uint8Array][] = [
    ['withdrawn routes that overrun the message', 'attribute-list', raw('0005 0000')],
    ['attributes that overrun the message', 'attribute-list', raw('0000 0001')],
    ['withdrawn routes that leave no length of attributes', 'attribute-list', raw('0003 20c633')],
    ['a withdrawn prefix of 33 bits', 'network-field', update('21c633640a00', '', '')],
    ['a withdrawn prefix that is cut', 'network-field', update('20c63364', '', '')],
    ['a prefix of 33 bits', 'network-field', update('', mandatory, '21c633640a00')],
    ['a prefix that is cut', 'network-field', update('', mandatory, '20c63364')],
    ['two MP_REACH_NLRI', 'attribute-list', update('', `${mpReach} ${mpReach} ${mandatory}`, '')],
    ['two MP_UNREACH_NLRI', 'attribute-list', update('', `${mpUnreach} ${mpUnreach}`, '')],
    ['an MP_REACH_NLRI that overruns', 'attribute-list', update('', mpReach.replace('26', '27'), '')],
    ['an IPv6 prefix of 129 bits', 'optional-attribute', update('', mpReach.replace('0080', '0081'), '')],
    ['a withdrawn IPv6 prefix that is cut', 'optional-attribute', update('', '800f06 0002018020ff', '')],
    ['an MP_REACH_NLRI of four octets', 'optional-attribute', update('', '800e04 00020100', '')],
    [
      'an MP_REACH_NLRI that is transitive',
      'optional-attribute',
      update('', `c0${mpReach.slice(2)} ${mandatory}`, nlri),
    ],
    ['an MP_UNREACH_NLRI that is transitive', 'optional-attribute', update('', mpUnreach.replace('80', 'c0'), '')],
    ['an MP_UNREACH_NLRI that is not optional', 'optional-attribute', update('', mpUnreach.replace('80', '00'), '')],
    ['an MP_UNREACH_NLRI of two octets', 'optional-attribute', update('', '800f02 0002', '')],
    ['a fault that withdraws, but no route', 'origin', update('', `40010103 ${asPath} ${nextHop}`, '')],
    ['attributes that overrun, but no route', 'attribute-list', update('', '40', '')],
  ];
  for (const length of [0, 4, 15, 17, 31, 33]) {
    const two = (value: number) => value.toString(16).padStart(2, '0');
    const attribute = `800e${two(5 + length)} 000201${two(length)}${'20'.repeat(length)}00`;
    it(`ends the session: an IPv6 next hop of ${length} octets (optional-attribute)`, () => {
      assert.equal(refused(update('', `${attribute} ${origin} ${asPath}`, '')), 'optional-attribute');
    });
  }
  for (const [what, reason, bytes] of resets) {
    it(`ends the session: ${what} (${reason})`, () => assert.equal(refused(bytes), reason));
  }

  it('has a rule for its type that names its source', () => {
    for (const rule of Object.values(attributeRules)) assert.match(rule.clause, /^RFC \d+ \d/);
  });
});

/** An UPDATE whose lengths are given. */
function raw(body: string): Uint8Array {
  return message(2, body);
}
