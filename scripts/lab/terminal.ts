import type { ReadStream } from 'node:tty';
import { closedAtTheEnd } from '../../test/lab/closed-at-the-end.js';

/** What is typed, key by key where it comes from a terminal, which is left as it was found however the process ends. */
export async function* keysOf(stdin: ReadStream): AsyncGenerator<string> {
  const restore = stdin.isTTY ? closedAtTheEnd(() => stdin.setRawMode(false)) : () => {};
  if (stdin.isTTY) stdin.setRawMode(true);
  try {
    for await (const chunk of stdin.setEncoding('utf8')) yield String(chunk);
  } finally {
    restore();
  }
}
