import assert from 'node:assert/strict';
import type { GroupConfig } from '../../../../src/agent/engine/messages.js';
import { inOrder, type Reason } from '../../../../src/agent/engine/reasons.js';
import { createLan, groupOf, type Lan, type LanHost } from './lan.js';

const second = 1_000_000;
const failed: Reason = { type: 'CheckFailed', message: 'check web fails: refused' };

describe('what a member says of why it takes no part, or only in part', () => {
  let lan: Lan;
  let host: LanHost;
  beforeEach(() => {
    lan = createLan();
    host = lan.host(1);
  });
  const configure = (...groups: readonly Partial<GroupConfig>[]) => {
    host.engine().configure(
      groups.map((each) => groupOf([1, 2], 1, each)),
      [],
    );
    lan.run(1 * second);
  };
  /** As reports have them and as figures do. */
  const types = (group = 'web') => {
    const found = host.state(group)!.reasons.map(({ type }) => type);
    const { reasons } = host.engine().groupFigures(0);
    assert.deepEqual(new Map(reasons).get(group) ?? [], found);
    return found;
  };

  it('is that its NIC is wrong as well as that a check fails', () => {
    configure({ unfit: [failed], interface: { name: 'eth9' } });
    assert.deepEqual(types(), ['CheckFailed', 'NoInterface']);
    assert.equal(host.state('web')!.message, 'check web fails: refused; there is no interface eth9 on this node');
  });

  it('is that its NIC is down as well as that it has no address to send from', () => {
    host.removeAddress('192.0.2.1');
    host.setLink({ up: false, running: false });
    configure({});
    assert.deepEqual(types(), ['InterfaceDown', 'NoSourceAddress']);
  });

  it('is each reason for as long as it holds, in one order, whichever came first', () => {
    host.setLink({ running: false });
    configure({});
    assert.deepEqual(types(), ['InterfaceDown']);
    configure({ unfit: [failed] });
    assert.deepEqual(types(), ['CheckFailed', 'InterfaceDown']);
    host.setLink({ running: true });
    lan.run(1 * second);
    assert.deepEqual(types(), ['CheckFailed']);
    configure({});
    assert.deepEqual([types(), host.state('web')!.message, host.state('web')!.state], [[], undefined, 'Active']);
  });

  it('is that another group has its ID there, while a check keeps it out anyhow', () => {
    configure({}, { name: 'other', unfit: [failed] });
    lan.run(2 * second);
    assert.deepEqual(types('other'), ['CheckFailed', 'VirtualRouterIdInUse']);
    assert.deepEqual(types(), []);
  });

  it('can be had of those alone that take no part', () => {
    configure({}, { name: 'other', unfit: [failed] });
    lan.run(5 * second);
    const idle = () => host.engine().report('idle').members;
    assert.deepEqual(idle(), [host.state('other')]);
    assert.equal(host.engine().report('all').members.length, 2);
  });

  it('is what restricts it beside what keeps it out, but only what keeps it out is a fault', () => {
    configure({ unfit: [failed], lastResort: 'Cordoned', weighed: [{ type: 'PriorityWeighed', message: 'less' }] });
    assert.deepEqual(types(), ['CheckFailed', 'PriorityWeighed', 'LastResort']);
    assert.equal(host.state('web')!.problem, failed.message);
  });

  it('is each once', () => {
    const key: Reason = { type: 'KeyMissing', message: 'the key' };
    assert.deepEqual(inOrder([key, failed, key]), [failed, key]);
  });
});
