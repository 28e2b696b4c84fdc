import { writeFileSync } from 'node:fs';
import { eventually } from '../eventually.js';
import type { Host } from '../host.js';
import { programArguments } from '../process.js';

/** Frames that a hostile host sends in turn, again and again. */
export interface Storm {
  readonly frames: readonly Uint8Array[];
  readonly perSecond: number;
  readonly seconds: number;
}

/** Sends a storm to its end. @returns how many frames left in a second */
export async function send(host: Host, folder: string, { frames, perSecond, seconds }: Storm): Promise<number> {
  const file = `${folder}/${host.name}-frames`;
  writeFileSync(file, frames.map((frame) => `${Buffer.from(frame).toString('hex')}\n`).join(''));
  const program = programArguments(new URL('../programs/frame-sender', import.meta.url), import.meta.url);
  const sender = host.start('sender', process.execPath, [...program, file, String(perSecond), String(seconds)]);
  let said: { readonly sent: number; readonly seconds: number } | undefined;
  sender.onLine((line) => {
    said = JSON.parse(line);
  });
  const result = await eventually('the end of the storm', () => said, {
    withinMs: (seconds + 30) * 1000,
    onTimeout: () => sender.log(),
  });
  return result.sent / result.seconds;
}
