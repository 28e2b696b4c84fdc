import { execa } from 'execa';
import { monotonicMicros } from './clock.js';
import { LabError, run } from './command.js';

/** The cable between a host and the bridge. Each call returns the instant just before it took effect (see clock.ts). */
export interface Cable {
  /** Pulls the plug: the host sees its carrier go. */
  cut(): Promise<number>;
  /** Loses every frame in a direction, or both, while the host keeps its carrier: a dead switch behind a live port. */
  cutSilently(direction?: 'both' | 'from-host' | 'to-host'): Promise<number>;
  /** Undoes every cut of this cable. */
  heal(): Promise<number>;
}

export function openCable(bridge: string, port: string): Cable {
  const nftAtOnce = (commands: readonly string[]) =>
    run('ip', ['netns', 'exec', bridge, 'nft', '-f', '-'], { input: `${commands.join('\n')}\n` });
  const link = (state: 'up' | 'down') => run('ip', ['-n', bridge, 'link', 'set', port, state]);
  const element = (verb: 'add' | 'delete', set: 'from_host' | 'to_host') =>
    `${verb} element bridge cables ${set} { "${port}" }`;

  return {
    cut: async () => {
      const at = monotonicMicros();
      await link('down');
      return at;
    },
    cutSilently: async (direction = 'both') => {
      const sets = (['from_host', 'to_host'] as const).filter(
        (set) => direction === 'both' || set === direction.replace('-', '_'),
      );
      const nft = await waitingNft(bridge);
      const at = monotonicMicros();
      await nft(sets.map((set) => element('add', set)));
      return at;
    },
    heal: async () => {
      const at = monotonicMicros();
      // Adding first makes deleting succeed whatever was cut.
      await nftAtOnce(
        (['from_host', 'to_host'] as const).flatMap((set) => [element('add', set), element('delete', set)]),
      );
      await link('up');
      return at;
    },
  };
}

/**
 * An nft that has started and waits, so that its start, some 8 ms, counts for nothing of what is measured from a cut on.
 * @returns runs commands and ends it. It throws LabError with what nft said against them.
 */
async function waitingNft(bridge: string): Promise<(commands: readonly string[]) => Promise<void>> {
  const args = ['netns', 'exec', bridge, 'nft', '-i'];
  const nft = execa('ip', args, { reject: false });
  const answered = new Promise((resolve) => nft.stdout.once('data', resolve));
  nft.stdin.write('list tables\n');
  await Promise.race([answered, nft]);
  return async (commands) => {
    nft.stdin.end(`${commands.join('\n')}\n`);
    const { failed, stderr } = await nft;
    // It ends with 0 whatever it was told.
    if (failed || stderr !== '') throw new LabError(`ip ${args.join(' ')}: ${stderr}`);
  };
}
