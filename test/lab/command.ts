import { execa } from 'execa';

/** A command of the lab's that failed: which, and what it said. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

/**
 * Runs a command to its end and returns what it wrote to stdout.
 * @throws LabError with the command line and its stderr when it fails or is missing.
 */
export async function run(command: string, args: readonly string[], o: { input?: string } = {}): Promise<string> {
  const result = await execa(command, args, { reject: false, ...(o.input === undefined ? {} : { input: o.input }) });
  if (result.failed) {
    const said = String(result.stderr).trim() || result.message;
    throw new LabError(`${[command, ...args].join(' ')}: ${said}`, { cause: result.cause });
  }
  return result.stdout;
}
