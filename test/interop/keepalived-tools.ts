import { execa } from 'execa';

/** Skips the suite, with the reason, on a machine without keepalived or what the judging takes. */
export async function requireTools(context: Mocha.Context, version: string | undefined): Promise<void> {
  const skip = (reason: string) => {
    console.log(`    skipped: ${reason}`);
    context.skip();
  };
  if (version === undefined) skip('keepalived is not on this machine (Debian package keepalived)');
  for (const tool of ['tcpdump', 'tshark', 'arping', 'ndisc6']) {
    if ((await execa('which', [tool], { reject: false })).failed) skip(`${tool} is not on this machine`);
  }
}
