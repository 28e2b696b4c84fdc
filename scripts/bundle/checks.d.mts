import type { Plugin } from 'esbuild';

export interface CheckFile {
  readonly path: string;
  readonly text: string;
  readonly inputs: readonly string[];
}

export function checkFiles(root: string): Promise<readonly CheckFile[]>;
export function loadChecks(root: string): Plugin;
