import { eventually } from '../lab/eventually.js';
import { keepalivedVersion } from '../lab/keepalived.js';
import { type Arena, instanceOf, openArena } from './keepalived-arena.js';
import { saidOf } from './keepalived-log.js';
import { mistakes } from './keepalived-mistakes.js';
import { ourPriority, takeOverMs, theirPriority } from './keepalived-steps.js';
import { requireTools } from './keepalived-tools.js';

const version = await keepalivedVersion();

describe(`with a keepalived ${version ?? ''} that is configured unlike us`, function () {
  this.timeout(60_000);
  let arena: Arena;

  before(async function () {
    await requireTools(this, version);
    if (!version?.startsWith('2.2.')) {
      console.log(`    skipped: the complaints are quoted from keepalived 2.2, this is ${version}`);
      this.skip();
    }
    arena = await openArena('oikmistakes', mistakes);
    await arena.startAgent({ priority: ourPriority, preempt: false });
    await arena.settle('ours', takeOverMs);
    await arena.startKeepalived({ priority: theirPriority, preempt: false });
  });
  after(() => arena?.lab.close());

  for (const each of mistakes) {
    it(`${each.name}: both lead, and each says why`, async () => {
      const complaint = () => saidOf(arena.keepalived().log(), instanceOf(each, arena));
      await eventually(
        'both to lead',
        async () =>
          (await arena.look()).get(each)!.holders.length === 2 && complaint().some((line) => line.includes(each.said)),
        { withinMs: takeOverMs, everyMs: 200, onTimeout: () => [...new Set(complaint())].join('\n') },
      );
      if (each.dropped !== undefined) {
        const dropped = each.dropped;
        await eventually(`a drop for ${dropped}`, async () => ((await arena.ask()).drops[dropped] ?? 0) > 0);
      }
    });
  }
});
