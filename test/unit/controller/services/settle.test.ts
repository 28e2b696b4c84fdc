import assert from 'node:assert/strict';
import { createAssignments } from '../../../../src/controller/context/assignments.js';
import type { Decided } from '../../../../src/controller/services/decide.js';
import { settle, settleLeaving, settleRelease } from '../../../../src/controller/services/settle.js';
import { type IpAddress, parseIp } from '../../../../src/core/ip/address.js';

const ip = (text: string): IpAddress => parseIp(text)!;
const grant = (text: string, pool = 'lan') => ({ address: ip(text), pool });
const terms = { namespace: 'x', asked: [], ports: ['TCP/80'], local: false, selector: '' };

function decided(key: string, o: { grants?: string[]; leaving?: string[]; kept?: string[]; local?: boolean }): Decided {
  return {
    request: {
      key,
      created: '',
      namespace: { name: 'x', labels: {} },
      families: [4],
      oneFamilySuffices: false,
      pools: [],
      current: [],
      terms: { ...terms, local: o.local === true },
    },
    decision: { outcome: 'keep', grants: (o.grants ?? []).map((each) => grant(each)) },
    leaving: (o.leaving ?? []).map(ip),
    kept: (o.kept ?? []).map(ip),
    had: [],
  };
}

/** A ledger, and the names of what is to be looked at because of what is entered there. */
function ledger() {
  const said: string[] = [];
  const note = (what: string) => (key: string) => said.push(`${what} ${key}`);
  const schedule = {
    service: note('service'),
    groups: note('groups'),
    status: note('status'),
    bgp: note('bgp'),
    tell: note('tell'),
    waiting: () => said.push('waiting'),
  };
  const assignments = createAssignments();
  return {
    c: { assignments, schedule },
    holders: (text: string) => assignments.ledger.holders(ip(text)).map(({ key }) => key),
    /** What was said since it was asked last. */
    said: () => said.splice(0),
  };
}

describe('the ledger', () => {
  it('has nothing of a Service while that is decided on, and then what was decided', () => {
    const { c, holders } = ledger();
    settle(c, 'x/web', () => decided('x/web', { grants: ['192.0.2.1'] }));
    settle(c, 'x/web', () => {
      assert.deepEqual(holders('192.0.2.1'), []);
      return decided('x/web', { grants: ['192.0.2.2'], leaving: ['192.0.2.1'], kept: ['198.51.100.7'] });
    });
    for (const text of ['192.0.2.1', '192.0.2.2', '198.51.100.7']) assert.deepEqual(holders(text), ['x/web'], text);
  });

  it('has what leaves a Service until its status no longer says that', () => {
    const { c, holders, said } = ledger();
    const change = decided('x/web', { grants: ['192.0.2.2'], leaving: ['192.0.2.1'], kept: ['198.51.100.7'] });
    settle(c, 'x/web', () => change);
    said();
    settleLeaving(c, change);
    assert.deepEqual([holders('192.0.2.1'), holders('192.0.2.2'), holders('198.51.100.7')], [[], ['x/web'], ['x/web']]);
    assert.deepEqual(said(), ['waiting']);
  });

  it('has pools looked at, the Service told, and those that share its address, once for a change', () => {
    const { c, said } = ledger();
    settle(c, 'x/dns', () => decided('x/dns', { grants: ['192.0.2.1'] }));
    said();
    const concerned = ['groups lan', 'status lan', 'tell x/web', 'service x/dns'];
    settle(c, 'x/web', () => decided('x/web', { grants: ['192.0.2.1'] }));
    assert.deepEqual(said(), concerned);
    settle(c, 'x/web', () => decided('x/web', { grants: ['192.0.2.1'] }));
    assert.deepEqual(said(), [], 'the same again concerns nobody');
    settle(c, 'x/web', () => decided('x/web', { grants: ['192.0.2.1'], local: true }));
    assert.deepEqual(said().slice(0, 3), concerned.slice(0, 3), 'other terms do');
  });

  it('has those looked at who wait for an address, as soon as one is free', () => {
    const { c, said } = ledger();
    settle(c, 'x/web', () => decided('x/web', { grants: ['192.0.2.1', '192.0.2.2'] }));
    assert.ok(!said().includes('waiting'));
    settle(c, 'x/web', () => decided('x/web', { grants: ['192.0.2.1'] }));
    assert.ok(said().includes('waiting'));
    settleRelease(c, 'x/web', c.assignments.grants('x/web'));
    assert.ok(said().includes('waiting'));
    settleRelease(c, 'x/web', []);
    assert.deepEqual(said(), []);
  });
});
