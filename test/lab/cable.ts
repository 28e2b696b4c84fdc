import { monotonicMicros } from './clock.js';
import { run } from './command.js';

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
  const nft = (commands: readonly string[]) =>
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
      const at = monotonicMicros();
      await nft(sets.map((set) => element('add', set)));
      return at;
    },
    heal: async () => {
      const at = monotonicMicros();
      // Adding first makes deleting succeed whatever was cut.
      await nft((['from_host', 'to_host'] as const).flatMap((set) => [element('add', set), element('delete', set)]));
      await link('up');
      return at;
    },
  };
}
