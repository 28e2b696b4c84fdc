import assert from 'node:assert/strict';
import { createInotifyWatch, type InotifyWatch } from '../../../../src/platform/linux/inotify-watch.js';

interface Made {
  closed: boolean;
  readonly hear: (event: string, file: string | null) => void;
  fail: (error: Error) => void;
}

describe('a watch of a directory by inotify', () => {
  let made: Made[];
  let heard: (string | null)[];
  let told: (string | undefined)[];
  let refusal: Error | undefined;
  let watch: InotifyWatch;
  beforeEach(() => {
    [made, heard, told, refusal] = [[], [], [], undefined];
    watch = createInotifyWatch({
      path: '/run/checks',
      heard: (file) => void heard.push(file),
      onUnwatched: (reason) => void told.push(reason?.message),
      watch(path, hear) {
        assert.equal(path, '/run/checks');
        if (refusal !== undefined) throw refusal;
        const one: Made = { closed: false, hear, fail: () => {} };
        made.push(one);
        return {
          on(_, listener) {
            one.fail = listener;
          },
          close() {
            one.closed = true;
          },
        };
      },
    });
  });
  const open = () => made.filter(({ closed }) => !closed).length;

  it('tells of each file, and that there is a watch only after there was none', () => {
    watch.begin();
    made[0]!.hear('change', 'a');
    made[0]!.hear('rename', 'b');
    made[0]!.hear('change', null);
    assert.deepEqual([heard, told, made.length], [['a', 'b', null], [], 1]);
  });

  it('is one, however often it is begun, and none after it is stopped', () => {
    watch.begin();
    watch.begin();
    assert.deepEqual([open(), watch.isThere()], [1, true]);
    watch.stop();
    assert.deepEqual([open(), watch.isThere()], [0, false]);
  });

  it('is another when the directory itself has gone, which whoever listens is told as a change', () => {
    watch.begin();
    made[0]!.hear('rename', 'checks');
    assert.deepEqual([made.length, made[0]!.closed, open()], [2, true, 1]);
    made[1]!.hear('change', 'a');
    assert.deepEqual([heard, told], [[null, 'a'], []]);
  });

  it('says once why there is none, however often it is tried, and when there is one again', () => {
    watch.begin();
    refusal = new Error('no such directory');
    made[0]!.hear('rename', 'checks');
    for (let attempt = 0; attempt < 3; attempt++) watch.begin();
    assert.deepEqual([told, watch.isThere(), open()], [['no such directory'], false, 0]);
    refusal = undefined;
    watch.begin();
    assert.deepEqual([told, open()], [['no such directory', undefined], 1]);
  });

  it('is closed, and can be had again, after the kernel has taken it away', () => {
    watch.begin();
    made[0]!.fail(new Error('taken away'));
    assert.deepEqual([told, open()], [['taken away'], 0]);
    watch.begin();
    assert.deepEqual([told, open()], [['taken away', undefined], 1]);
  });
});
