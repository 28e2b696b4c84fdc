/** Shows again and again what there is to see, as `watch` does: in place on a terminal, one after the other in a pipe. */

export interface WatchOptions {
  look(): Promise<string>;
  readonly out: { write(text: string): unknown; readonly isTTY?: boolean };
  /** What a look that failed is told by; the next one follows all the same. */
  say(error: unknown): void;
  /** Waits for the next look; false: there is none. */
  pause(): Promise<boolean>;
  /** Stands between two of them in a pipe: empty where each is a line or document of its own. */
  readonly between: string;
}

/** To the upper left, then line by line over what stood there, so that nothing flickers; the rest is cleared. */
const home = '\u001b[H';
const restOfLine = '\u001b[K';
const restOfScreen = '\u001b[J';

export async function showAgain({ look, out, say, pause, between }: WatchOptions): Promise<void> {
  let first = true;
  do {
    try {
      const text = await look();
      if (out.isTTY === true)
        out.write(`${home}${text.replaceAll('\n', `${restOfLine}\n`)}${restOfLine}${restOfScreen}`);
      else out.write(first ? text : between + text);
      first = false;
    } catch (error) {
      say(error);
    }
  } while (await pause());
}
