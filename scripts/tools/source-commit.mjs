// Owns: which state of the sources a program is built from.
import { execa } from 'execa';

/** What a program is built from, beside its dependencies: only changes of these make it another one. */
const sources = ['src', 'scripts', 'package.json', 'package-lock.json', 'Chart.yaml', 'values.yaml', 'LICENSE'];

/** See the types beside this file. */
export async function sourceCommit(root) {
  const git = async (...args) => {
    const { exitCode, stdout } = await execa('git', ['-C', root, ...args], { reject: false });
    return exitCode === 0 ? stdout.trim() : undefined;
  };
  const head = await git('log', '-1', '--format=%H %ct');
  if (head === undefined) return { commit: 'unknown', seconds: undefined };
  const [commit, seconds] = head.split(' ');
  const changed = (await git('status', '--porcelain', '--', ...sources)) !== '';
  return { commit: changed ? `${commit}-dirty` : commit, seconds: Number(seconds) };
}
