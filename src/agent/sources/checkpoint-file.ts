import { readFile } from 'node:fs/promises';

/**
 * Reads a checkpoint, and what `parse` makes of its text; undefined when there is none. Rejects, naming the file, when it cannot be used.
 *
 * @param parse throws when the text is no checkpoint of its form
 */
export async function readCheckpoint<T>(path: string, parse: (text: string) => T): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`checkpoint ${path} cannot be read`, { cause: error });
  }
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`checkpoint ${path} is damaged and is not used`, { cause: error });
  }
}
