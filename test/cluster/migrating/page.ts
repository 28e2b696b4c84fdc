// Owns: the commands of a page for people, as they stand there.
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { unpackTools } from '../../../scripts/tools/kubectl.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';

/** The commands of each section (`## 1. …` is "1"): every run of lines that are indented by four spaces, in their order. */
export async function commandsOf(page: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const sections = new Map<string, string[]>();
  let section = '';
  let open = false;
  for (const line of (await readFile(join(projectRoot(), 'docs', page), 'utf8')).split('\n')) {
    const heading = /^## (\d+)\./.exec(line);
    if (heading !== null) section = heading[1]!;
    const command = line.startsWith('    ') ? line.slice(4) : undefined;
    if (command !== undefined) {
      const commands = sections.get(section) ?? [];
      sections.set(
        section,
        open ? [...commands.slice(0, -1), `${commands.at(-1)}\n${command}`] : [...commands, command],
      );
    }
    open = command !== undefined;
  }
  return sections;
}

export type Shell = (commands: string, o?: { readonly differences?: boolean }) => Promise<string>;

/**
 * Runs commands as a user would: in `folder`, with kubectl and openelb-vip in the PATH, and openelb-vip.yaml beside. Rejects with what
 * they said when one fails. `differences`: that a conversion ends with 3 is what the page tells of.
 */
export async function shellIn(folder: string, kubeconfig: string): Promise<Shell> {
  const { kubectl } = await unpackTools();
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await symlink(join(projectRoot(), 'deploy', 'openelb-vip.yaml'), join(folder, 'openelb-vip.yaml'));
  const main = join(projectRoot(), 'src', 'main.ts');
  const program = `#!/bin/sh\n${process.execPath} --import=file://${projectRoot()}/node_modules/tsx/dist/loader.mjs ${main} "$@"\ncode=$?\n[ $code = 3 ] && [ -n "$DIFFERENCES" ] && exit 0\nexit $code\n`;
  await writeFile(join(bin, 'openelb-vip'), program);
  await chmod(join(bin, 'openelb-vip'), 0o755);
  return async (commands, { differences = false } = {}) => {
    const { exitCode, all } = await execa('sh', ['-ec', commands], {
      cwd: folder,
      reject: false,
      all: true,
      env: {
        PATH: `${dirname(kubectl)}:${bin}:${process.env.PATH}`,
        KUBECONFIG: kubeconfig,
        DIFFERENCES: differences ? 'yes' : '',
      },
    });
    if (exitCode !== 0) throw new Error(`${commands}\nended with ${exitCode}:\n${all}`);
    return all;
  };
}
