/** What befalls a cluster: where it happens, and how it is undone. */
import type { Node } from '../../lab/node.js';
import type { Stack } from '../../lab/stack.js';
import type { Random } from '../../simulation/random.js';
import type { Clocks } from '../clocks.js';

/** Where it happens. */
export interface Scene {
  readonly stack: Stack;
  readonly clocks: Clocks;
  readonly random: Random;
  /** The node that it befalls, where it befalls one. */
  readonly node: Node;
  /** An address that a Service has for as long as the run lasts. */
  readonly address: string;
}

export interface Fault {
  readonly name: string;
  /** The node, or every one, is not to be counted on until it is over, and for as long as a start takes afterwards. */
  readonly unfit?: true | 'all';
  /** The small API server knows nothing of what it is about. */
  readonly onlyReal?: true;
  /** For how long, in milliseconds: 0 for what is over at once. */
  readonly lastsMs: readonly [number, number];
  befall(scene: Scene): Promise<void>;
  undo?(scene: Scene): Promise<void>;
}
