import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** For a suite that tshark judges: skips it where there is none, and says so. @returns a folder for the time of the suite */
export function useTshark(): () => string {
  let folder = '';
  before(async function () {
    const found = await execa('tshark', ['--version'], { reject: false });
    if (found.failed) {
      console.log('    skipped: tshark is not on this machine (Debian package tshark)');
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), 'tshark-'));
  });
  after(async () => {
    if (folder !== '') await rm(folder, { recursive: true });
  });
  return () => folder;
}
