import assert from 'node:assert/strict';
import { parseIp } from '../../../../src/core/ip/address.js';
import { parsePool } from '../../../../src/core/ip/range.js';
import { exclusionsFrom, noExclusions } from '../../../../src/core/ipam/exclusions.js';
import type { Pool } from '../../../../src/core/ipam/pool.js';
import {
  addressOutside,
  familyUnavailable,
  noPool,
  poolFull,
  poolUnknown,
} from '../../../../src/core/ipam/refusals.js';

const lan = pool('lan', '192.0.2.0/30,2001:db8::1');

describe('the words of a refusal', () => {
  it('say how many addresses of the family a full pool has, and how many of them are left out', () => {
    const gateway = { range: rangesOf('192.0.2.1')[0]!, kind: 'gateway', what: 'a gateway' } as const;
    const fullOf = (...args: Parameters<typeof poolFull>) => poolFull(...args).message;
    assert.match(fullOf([lan], 4, noExclusions), /^every address of Eip lan \(4 IPv4 addresses\) is in use: add /);
    assert.match(fullOf([lan], 4, exclusionsFrom([gateway])), /\(4 IPv4 addresses, 1 left out as its status says\)/);
    assert.match(fullOf([lan], 6, exclusionsFrom([gateway])), /\(1 IPv6 address\) is in use/);
    const both = fullOf([lan, pool('dmz', '198.51.100.1')], 4, noExclusions);
    assert.match(both, /Eip lan \(4 IPv4 addresses\), Eip dmz \(1 IPv4 address\) is in use/);
  });

  it('name five pools and count the rest', () => {
    const pools = (count: number) => Array.from({ length: count }, (_, at) => pool(`p${at}`, `192.0.2.${at}`));
    const named = ({ message }: { readonly message: string }) => message;
    assert.match(named(poolUnknown('x', pools(5))), /Eip p4 \(192\.0\.2\.4\): create it/);
    assert.match(named(poolUnknown('x', pools(6))), /Eip p4 \(192\.0\.2\.4\) and 1 more: create it/);
    assert.match(named(poolUnknown('x', pools(12))), /Eip p4 \(192\.0\.2\.4\) and 7 more: create it/);
    assert.doesNotMatch(named(poolUnknown('x', pools(12))), /p5/);
    assert.match(named(poolUnknown('x', [])), /^Eip x does not exist: there is no Eip: create it, or name another$/);
  });

  it('name two ranges of a pool, and that there are more', () => {
    const outside = (...pools: readonly Pool[]) => addressOutside(parseIp('10.0.0.1')!, pools, true).message;
    assert.match(outside(lan), /is not in Eip lan \(192\.0\.2\.0\/30,2001:db8::1\): ask/);
    assert.match(outside(pool('odd', '192.0.2.1,192.0.2.3,192.0.2.5')), /Eip odd \(192\.0\.2\.1,192\.0\.2\.3,…\): ask/);
    assert.match(outside(pool('none', '')), /is not in Eip none: ask/);
    assert.match(addressOutside(parseIp('10.0.0.1')!, [], false).message, /there is none: create one/);
    assert.match(addressOutside(parseIp('10.0.0.1')!, [lan], false).message, /there are Eip lan .* add it to an Eip/);
  });

  it('say what to do where no pool serves a namespace or a family', () => {
    assert.match(noPool({ name: 'a', labels: {} }, []).message, /none is the default: there is no Eip: create one$/);
    assert.match(
      noPool({ name: 'a', labels: {} }, [lan]).message,
      /name one of Eip lan .*is-default-eip: "true" on the Eip/,
    );
    assert.match(
      familyUnavailable([pool('four', '192.0.2.1')], 6).message,
      /^Eip four \(192\.0\.2\.1\) has no IPv6 address/,
    );
  });
});

function pool(name: string, addresses: string): Pool {
  return { name, ranges: addresses === '' ? [] : rangesOf(addresses) } as unknown as Pool;
}

function rangesOf(text: string) {
  const parsed = parsePool(text);
  assert.ok(parsed.ok);
  return parsed.ranges;
}
