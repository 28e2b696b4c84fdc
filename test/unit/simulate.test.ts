import assert from 'node:assert/strict';
import { execa } from 'execa';

/** `npm run` says more, which is not looked at; the command is run as it stands. */
const run = (command: string) => execa(command, { shell: true, reject: false, all: true });

describe('the simulation from the command line', () => {
  it('tells one command that lives a world again in which something did not hold, and fails the same way', async () => {
    const found = await run('npm run simulate -- --hours 200 --seed planted --defect stubborn');
    assert.equal(found.exitCode, 1, found.all);
    const [, command, violation] = /^replay: (.*)\n(.*)$/m.exec(found.all) ?? [];
    assert.ok(command, found.all);
    const replayed = await run(command);
    assert.equal(replayed.exitCode, 1, replayed.all);
    const [, again, same] = /^replay: (.*)\n(.*)$/m.exec(replayed.all) ?? [];
    assert.deepEqual([again, same], [command, violation]);
  });

  it('does so for nodes and their routers', async () => {
    const found = await run('npm run simulate -- --routing --hours 10 --seed planted --defect repeats');
    assert.equal(found.exitCode, 1, found.all);
    const [, command, violation] = /^replay: (.*)\n(.*)$/m.exec(found.all) ?? [];
    const replayed = await run(command ?? 'false');
    const [, again, same] = /^replay: (.*)\n(.*)$/m.exec(replayed.all) ?? [];
    assert.deepEqual([again, same], [command, violation]);
  });

  it('refuses a defect that it does not know', async () => {
    const { exitCode, all } = await run('npm run simulate -- --defect shy');
    assert.equal(exitCode, 2);
    assert.match(all, /--defect shy: there is no such defect/);
  });
});
