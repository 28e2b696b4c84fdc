import assert from 'node:assert/strict';
import { createLan, groupOf, type Lan, type LanHost } from './lan.js';

const interval = 100_000;

describe('the silence before a takeover', () => {
  let lan: Lan;
  let leader: LanHost;
  let backup: LanHost;

  /** @param asked whether questions reach the leader: who never answered one is not asked whether it lives */
  function start(asked = true): void {
    lan = createLan();
    [leader, backup] = [lan.host(1), lan.host(2)];
    for (const [host, number] of [
      [leader, 1],
      [backup, 2],
    ] as const) {
      host.filtersDatagrams = !asked;
      host.engine().configure([groupOf([1, 2], number, { advertisementInterval: interval })], []);
    }
    lan.until(() => leader.state('web')?.state === 'Active' && backup.state('web')?.state === 'Backup');
    lan.run(1_000_000);
  }

  beforeEach(() => start());

  const silencesOf = (host: LanHost) => host.engine().figures().silences;
  const counts = (host: LanHost) =>
    Object.entries(silencesOf(host)).map(([reason, { counts }]) => [reason, counts.reduce((sum, each) => sum + each)]);

  it('is none for who leads first, or follows', () => {
    for (const host of [leader, backup])
      assert.deepEqual(counts(host), [
        ['no-response', 0],
        ['peer-lost', 0],
        ['priority-zero', 0],
      ]);
  });

  for (const [asked, reason, least, most] of [
    [false, 'no-response', 3 * interval, 4 * interval],
    [true, 'peer-lost', interval, 3.5 * interval],
  ] as const)
    it(`lasts from the last advert of a leader that died to the first address held in its place: ${reason}`, () => {
      start(asked);
      leader.kill();
      const lastAdvert = leader.sent.filter(({ kind }) => kind === 'advert').at(-1)!.at;
      lan.until(() => backup.held().length > 0);
      const heldAt = backup.work.find(({ what }) => what.startsWith('put'))!.at;
      lan.run(1_000);
      assert.deepEqual(
        counts(backup).filter(([, count]) => count === 1),
        [[reason, 1]],
      );
      const { worst } = silencesOf(backup)[reason];
      assert.ok(worst > least && worst < most, `${worst} us`);
      assert.ok(Math.abs(worst - (heldAt - lastAdvert)) < 1_000, `${worst} us, by frames ${heldAt - lastAdvert} us`);
    });

  it('is that of a hand-over, after a leader that gives up', () => {
    leader.engine().shutdown(false);
    lan.until(() => backup.state('web')?.state === 'Active');
    lan.run(100_000);
    assert.deepEqual(counts(backup), [
      ['no-response', 0],
      ['peer-lost', 0],
      ['priority-zero', 1],
    ]);
    assert.ok(silencesOf(backup)['priority-zero'].worst < interval);
  });

  it('is not over while the kernel refuses every address', () => {
    backup.refuse = 'ENOBUFS no room';
    leader.kill();
    lan.until(() => backup.state('web')?.state === 'Active');
    lan.run(50_000);
    assert.deepEqual(
      counts(backup).map(([, count]) => count),
      [0, 0, 0],
    );
  });

  it('leaves each node knowing how often it came to lead, and whether anybody does', () => {
    const figures = (host: LanHost) => {
      const { leaderships, led } = host.engine().groupFigures(0);
      return [leaderships, led].map(([first]) => first);
    };
    assert.deepEqual(figures(leader), [1, 1]);
    assert.deepEqual(figures(backup), [0, 1]);
    leader.kill();
    lan.until(() => backup.state('web')?.state === 'Active');
    assert.deepEqual(figures(backup), [1, 1]);
    backup.setLink({ running: false });
    lan.run(100_000);
    assert.deepEqual(figures(backup), [1, 0]);
  });
});
