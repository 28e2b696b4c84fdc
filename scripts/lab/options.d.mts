export type Mode = 'vip' | 'layer2' | 'bgp';

export interface PlaygroundOptions {
  readonly once: boolean;
  readonly mode: Mode;
  /** The advertisement interval as given. */
  readonly interval: string;
}

export const usage: string;

/** `wrong`: what is wrong with the command line or the environment, for a person. */
export function parsePlaygroundOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): PlaygroundOptions | 'help' | { readonly wrong: string };
