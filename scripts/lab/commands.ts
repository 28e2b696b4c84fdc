import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from '../../test/lab/stack.js';
import { projectRoot } from '../tools/project-root.js';

/** Programs in the playground's folder, for a user's terminal; they are gone with it. */
export interface Commands {
  /** kubectl with full rights. */
  readonly kubectl: string;
  /** openelb-vip on the control host, with the same rights. */
  readonly openelbVip: string;
  /** GETs a URL from the client and prints the answer. */
  readonly get: string;
  /** A command line that asks one agent what it holds. */
  statusOf(host: { readonly name: string; readonly namespace: string }): string;
}

export function writeCommands(stack: Stack): Commands {
  const { lab, api, client, control } = stack;
  const write = (name: string, ...command: readonly string[]) => {
    const path = join(lab.folder, name);
    writeFileSync(path, `#!/bin/sh\nexec ${command.map(quoted).join(' ')} "$@"\n`, { mode: 0o755 });
    return path;
  };
  const inside = (namespace: string) => ['ip', 'netns', 'exec', namespace];
  const main = join(projectRoot(), 'dist', 'main.js');
  const environment = ['env', 'NODE_OPTIONS=', `KUBECONFIG=${api.kubeconfig}`];
  const openelbVip = write('openelb-vip', ...inside(control.namespace), ...environment, process.execPath, main);
  return {
    kubectl: write('kubectl', ...api.kubectlCommand),
    openelbVip,
    // The client may have no curl.
    get: write('get', ...inside(client.namespace), process.execPath, '-e', getUrl),
    // An agent tells what it holds to its own host only.
    statusOf: ({ name, namespace }) =>
      [...inside(namespace), 'env', 'NODE_OPTIONS=', process.execPath, main, 'status', '--local', '--node-name', name]
        .map(quoted)
        .join(' '),
  };
}

const getUrl = `require('node:http').get(process.argv[1], { timeout: 5000 }, (response) => response.pipe(process.stdout))
  .on('timeout', function () { this.destroy(new Error('no answer within 5 s')); })
  .on('error', (error) => { console.error(error.message); process.exitCode = 1; })`;

function quoted(word: string): string {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
