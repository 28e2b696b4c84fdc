import assert from 'node:assert/strict';
import type { News } from '../../../../src/controller/events/announcement.js';
import type { Service } from '../../../../src/controller/objects/builtin-objects.js';
import { allocationNews, refusalNews, releaseNews, rivalNews } from '../../../../src/controller/services/news.js';
import { parseIp } from '../../../../src/core/ip/address.js';

const ip = (text: string) => parseIp(text)!;
const grant = (text: string, pool = 'lan') => ({ address: ip(text), pool });
const text = ({ type, reason, message }: News) => `${type} ${reason}: ${message}`;

describe('a Service is told', () => {
  it('which addresses it has, of which Eips, and in place of which', () => {
    const news = allocationNews([ip('192.0.2.9')], [grant('192.0.2.1'), grant('2001:db8::1', 'six')]);
    assert.equal(text(news), 'Normal Allocated: 192.0.2.1 and 2001:db8::1 from Eip lan and six, in place of 192.0.2.9');
  });

  it('that its address was taken away, or is free since it is not ours to serve', () => {
    assert.equal(text(allocationNews([ip('192.0.2.9')], [])), 'Warning Released: 192.0.2.9 was taken away');
    const ended = 'is free again: the Service is no longer ours to serve';
    assert.equal(text(releaseNews([grant('192.0.2.9')])), `Normal Released: 192.0.2.9 ${ended}`);
    assert.equal(text(releaseNews([])), `Normal Released: its address ${ended}`);
  });

  it('why it does not get what it asks for, and what it keeps meanwhile', () => {
    const refusal = { reason: 'PoolFull', message: 'Eip lan is full' } as const;
    assert.equal(text(refusalNews(refusal, [])), 'Warning PoolFull: Eip lan is full');
    assert.equal(
      text(refusalNews(refusal, [grant('192.0.2.1')])),
      'Warning PoolFull: Eip lan is full (it keeps 192.0.2.1)',
    );
  });

  it('who else writes into its status, and what becomes of that', () => {
    const object: Service = {
      metadata: { name: 'web', namespace: 'default' },
      status: { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } },
      ingressOwners: ['other-lb'],
    };
    const start = 'Warning StatusOverwritten: "other-lb" wrote 203.0.113.9 into its status: ';
    assert.ok(text(rivalNews(object, [grant('192.0.2.1')])).startsWith(`${start}put back to 192.0.2.1: `));
    assert.ok(text(rivalNews(object, [])).startsWith(`${start}that stays, without what was ours: `));
  });
});
