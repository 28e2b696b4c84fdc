import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { crdManifests } from '../../../src/api/crd.js';
import {
  bgpConfRules,
  bgpPeerRules,
  eipRules,
  type ServerRules,
  vipGroupRules,
  withRules,
} from '../../../src/api/server-rules.js';
import { validateBgpConf, validateBgpPeer, validateEip, validateVipGroup } from '../../../src/api/validate.js';
import {
  acceptedConfs,
  acceptedEips,
  acceptedGroups,
  acceptedPeers,
  group,
  refusedConfs,
  refusedEips,
  refusedGroups,
  refusedPeers,
  repeatingPools,
} from '../../vectors/server-rules.js';

/** What servers from 1.31 on know beside CEL's own functions. As there (netip of Go), it knows neither zones nor IPv4-mapped addresses. */
const isAddress = (text: string) => isIP(text) !== 0 && !text.includes('%') && !/^::ffff:/i.test(text);
const cel = new Environment({ unlistedVariablesAreDyn: true })
  .registerFunction('isIP(string): bool', isAddress)
  .registerFunction('string.replace(string, string): string', (text: string, a: string, b: string) =>
    text.replaceAll(a, b),
  )
  .registerFunction(
    'string.find(string): string',
    (text: string, pattern: string) => new RegExp(pattern).exec(text)?.[0] ?? '',
  )
  // As there (strconv of Go), double() knows hexadecimal numbers.
  .registerFunction('readDouble(string): double', (text: string) => {
    const digits = /^0x([0-9A-Fa-f]+)p0$/.exec(text)?.[1];
    if (digits === undefined) throw new Error(`double() cannot read ${text}`);
    return Number.parseInt(digits, 16);
  });
const known = (rule: string) => rule.replaceAll('double(', 'readDouble(');
const parse = (rule: string) => cel.parse(known(rule));
const evaluate = (rule: string, context: Record<string, unknown>) => cel.evaluate(known(rule), context);

/** The messages of the rules that an object breaks, as a library evaluates them; `test/current-kubernetes` asks an API server. */
function broken(rules: ServerRules, spec: object, before?: object): readonly string[] {
  return Object.entries(rules).flatMap(([path, own]) => {
    const self = at({ spec }, path);
    const oldSelf = before && at({ spec: before }, path);
    return own
      .filter(({ rule }) => self !== undefined && (oldSelf !== undefined || !rule.includes('oldSelf')))
      .filter(({ rule }) => evaluate(rule, integers({ self, oldSelf })) !== true)
      .map(({ message }) => message);
  });
}

function at(object: unknown, path: string): unknown {
  return path.split('.').reduce((value, step) => (value as Record<string, unknown> | undefined)?.[step], object);
}

/** JSON numbers are doubles in this library; in Kubernetes those of type integer are CEL's int. */
function integers<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, each) => (typeof each === 'number' ? BigInt(each) : each));
}

describe('the rules that the API server checks by itself', () => {
  it('are CEL', () => {
    for (const { rule } of [eipRules, vipGroupRules, bgpConfRules, bgpPeerRules].flatMap((rules) =>
      Object.values(rules).flat(),
    ))
      parse(rule);
  });

  for (const spec of acceptedEips) {
    it(`accept the Eip ${JSON.stringify(spec)}`, () => {
      assert.deepEqual(broken(eipRules, spec), []);
    });
  }

  for (const [spec, message] of refusedEips) {
    it(`refuse the Eip ${JSON.stringify(spec)}, as the controller would`, () => {
      assert.match(broken(eipRules, spec).join(), message);
      assert.equal(validateEip({ metadata: { name: 'pool' }, spec }).ok, false);
    });
  }

  for (const address of repeatingPools) {
    it(`refuse "${address}", which has an address twice`, () => {
      assert.match(broken(eipRules, { address }).join(), /names the same twice/);
    });
  }

  it('accept no pool that the controller would refuse for its text, nor refuse one that it accepts', () => {
    const end = fc.oneof(
      fc.constantFrom('10.0.0.1', '10.0.0.9', '10.0.1.0', '10.0.0.256', '10.0.0.10', '::ffff:10.0.0.1', ''),
      fc.constantFrom('fd00::1', 'fd00::9', 'fd00::A', 'fd00::1:0', 'fd00::', 'fd00:0:0::b', 'fd00:0:0:0:0:0:0:1'),
    );
    const blanks = fc.constantFrom('', ' ');
    const one = fc
      .tuple(blanks, end, fc.constantFrom('', '-', '/24', '/129', ' - '), end, blanks)
      .map((texts) => texts.join(''));
    fc.assert(
      fc.property(fc.uniqueArray(one, { minLength: 1, maxLength: 4 }), (texts) => {
        const address = texts.join(',');
        const rules = { 'spec.address': eipRules['spec.address']!.slice(0, -1) };
        const accepted = validateEip({ metadata: { name: 'pool' }, spec: { address } }).ok;
        const refused = broken(rules, { address });
        // Of a range with a dotted quad in IPv6 the server does not see which way it runs.
        if (accepted || !/:\d+[.][^,]*-|-[^,]*:\d+[.]/.test(address))
          assert.equal(refused.length === 0, accepted, `${address}: ${refused.join()}`);
      }),
      { numRuns: 2000 },
    );
  });

  for (const [claim, spec] of acceptedGroups) {
    it(`accept a VipGroup ${claim}`, () => {
      assert.deepEqual(broken(vipGroupRules, spec), []);
    });
  }

  it('accept that a VipGroup lets go of its addresses', () => {
    assert.deepEqual(broken(vipGroupRules, { ...group, addresses: [] }, group), []);
  });

  for (const [claim, change, message] of refusedGroups) {
    it(`refuse a VipGroup ${claim}, as an agent would`, () => {
      const spec = JSON.parse(JSON.stringify({ ...group, ...change })) as object;
      assert.match(broken(vipGroupRules, spec).join(), message);
      assert.equal(validateVipGroup({ metadata: { name: 'lan-0' }, spec }).ok, false);
    });
  }

  for (const [kind, rules, validate, accepted, refused] of [
    ['BgpConf', bgpConfRules, validateBgpConf, acceptedConfs, refusedConfs],
    ['BgpPeer', bgpPeerRules, validateBgpPeer, acceptedPeers, refusedPeers],
  ] as const) {
    for (const spec of accepted) {
      it(`accept the ${kind} ${JSON.stringify(spec)}, as the controller does`, () => {
        assert.deepEqual(broken(rules, spec), []);
        assert.deepEqual(validate({ metadata: { name: 'default' }, spec }).ok, true);
      });
    }
    for (const [spec, message] of refused) {
      it(`refuse the ${kind} ${JSON.stringify(spec)}, as the controller would`, () => {
        assert.match(broken(rules, spec).join(), message);
        assert.equal(validate({ metadata: { name: 'default' }, spec }).ok, false);
      });
    }
  }

  it('refuse that a VipGroup changes its Eip', () => {
    assert.match(broken(vipGroupRules, { ...group, eip: 'wan' }, group).join(), /eip cannot change/);
    assert.match(broken(vipGroupRules, { ...group, eip: undefined }, group).join(), /eip cannot change/);
  });

  it('are only in the definitions for servers that know them', () => {
    assert.doesNotMatch(JSON.stringify([...crdManifests({ rules: false }).values()]), /x-kubernetes-validations/);
    assert.match(JSON.stringify([...crdManifests({ rules: true }).values()]), /x-kubernetes-validations/);
  });

  it('fail to be made when they are about a field that does not exist', () => {
    assert.throws(() => withRules({ type: 'object', properties: {} }, eipRules), /which the schema does not have/);
  });
});
