import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { createLogger, describeError, type LogLevel } from '../../../../src/platform/observability/log.js';

function written(readable: boolean, level: LogLevel, write: (log: ReturnType<typeof createLogger>) => void): string {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  write(createLogger({ level, program: 'agent', stream, readable }));
  return text;
}

describe('the log', () => {
  it('is one JSON object per line with time, level, program, message and the fields', () => {
    const text = written(false, 'info', (log) => log.info('group', { name: 'web', held: 2 }));
    const { time, ...rest } = JSON.parse(text) as { time: string };
    assert.deepEqual(rest, { level: 'info', program: 'agent', message: 'group', name: 'web', held: 2 });
    assert.match(time, /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.ok(text.endsWith('}\n'));
  });

  it('keeps its own fields when a caller gives one of the same name', () => {
    const text = written(false, 'info', (log) => log.info('group', { message: 'other', level: 'x' }));
    assert.equal((JSON.parse(text) as { message: string }).message, 'group');
  });

  it('leaves out what is below its level', () => {
    assert.equal(
      written(false, 'warn', (log) => log.info('no')),
      '',
    );
  });

  it('is readable lines for a person, with quotes where a value has blanks', () => {
    const text = written(true, 'info', (log) => log.warn('refused', { file: 'a.yaml', why: 'not good', n: 3 }));
    assert.match(text, /^\d\d:\d\d:\d\d\.\d{3} WARN {2}refused file=a\.yaml why="not good" n=3\n$/);
  });

  it('writes an error as its message and those of its causes, each once', () => {
    const error = new Error('cannot start', { cause: new Error('EADDRINUSE: taken', { cause: 'taken' }) });
    assert.equal(describeError(error), 'cannot start: EADDRINUSE: taken');
    const text = written(false, 'info', (log) => log.error('no', { error }));
    assert.equal((JSON.parse(text) as { error: string }).error, 'cannot start: EADDRINUSE: taken');
  });

  it('cuts what others wrote too long, too deep or too often', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 10_000; i += 1) deep = [deep];
    const text = written(false, 'info', (log) =>
      log.warn('refused', {
        note: 'x'.repeat(250_000),
        list: Array(100_000).fill('y'),
        deep,
        error: new Error('z'.repeat(250_000)),
        at: new Date(0),
      }),
    );
    assert.ok(text.length < 6_000, `${text.length} characters`);
    const { note, at } = JSON.parse(text) as { note: string; at: string };
    assert.match(note, /^x+… \(250000 characters\)$/);
    assert.equal(at, '1970-01-01T00:00:00.000Z');
  });

  it('loses lines that cannot be written, says so meanwhile, and how many they were afterwards', async () => {
    let text = '';
    let fault: Error | undefined = new Error('write EPIPE');
    const stream = {
      on: () => stream,
      write(chunk: string, done: (error?: Error) => void) {
        if (fault === undefined) text += chunk;
        queueMicrotask(() => done(fault));
      },
    } as unknown as Writable;
    const log = createLogger({ level: 'info', program: 'agent', stream, readable: false });
    assert.equal(log.problem(), undefined);
    for (const message of ['a', 'b']) {
      log.info(message);
      await new Promise(setImmediate);
    }
    assert.match(log.problem()!, /^lines of the log are lost since 2\d{3}-.*Z: write EPIPE$/);
    fault = undefined;
    log.info('c');
    await new Promise(setImmediate);
    assert.equal(log.problem(), undefined);
    const lines = text
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
    assert.deepEqual(
      lines.map(({ message, lines: lost }) => [message, lost]),
      [
        ['c', undefined],
        ['lines of the log were lost', 2],
      ],
    );
  });

  it('does not wait for a reader that has stopped: it loses what finds no room, and says how many lines once there is some', async () => {
    let text = '';
    const waiting: { readonly chunk: string; readonly done: () => void }[] = [];
    const stream = new Writable({
      decodeStrings: false,
      highWaterMark: 1,
      write(chunk: string, _encoding, done) {
        waiting.push({ chunk, done });
      },
    });
    const read = async (lines: number) => {
      for (let n = 0; n < lines && waiting.length > 0; n++) {
        const { chunk, done } = waiting.shift()!;
        text += chunk;
        done();
        await new Promise(setImmediate);
      }
    };
    const log = createLogger({ level: 'info', program: 'agent', stream, readable: false });
    for (let n = 0; n < 10_000; n++) log.info('line', { n, filling: 'x'.repeat(100) });
    assert.ok(stream.writableLength < 300_000, `${stream.writableLength} characters wait`);
    assert.match(log.problem()!, /: whoever reads them has stopped reading$/);
    const lost = log.lost();
    assert.ok(lost > 5_000);
    await read(10);
    assert.notEqual(log.problem(), undefined, 'a little room is not enough');
    await read(Number.POSITIVE_INFINITY);
    assert.equal(log.problem(), undefined);
    assert.equal(log.lost(), lost);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      lines.slice(0, -1).map(({ n }) => n),
      lines.slice(0, -1).map((_, n) => n),
    );
    assert.deepEqual([lines.at(-1)!.message, lines.at(-1)!.lines], ['lines of the log were lost', lost]);
    assert.equal(lines.length - 1 + lost, 10_000);
  });

  it('cuts between characters', () => {
    const text = written(false, 'info', (log) => log.info('n', { note: `${'x'.repeat(2047)}😀` }));
    assert.match((JSON.parse(text) as { note: string }).note, /^x{2047}… /);
  });
});
