import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The minor version that a program of Kubernetes says it has: 20 for v1.20.2. */
export async function minorVersion(program: string): Promise<number> {
  const { stdout } = await promisify(execFile)(program, ['--version']);
  return Number(/v1\.(\d+)/.exec(stdout)?.[1]);
}

/** What makes a program serve both families: alpha before 1.21, the rule since, and no gate any more since 1.25. */
export function dualStackFlags(minor: number): readonly string[] {
  return minor < 23 ? ['--feature-gates=IPv6DualStack=true'] : [];
}
