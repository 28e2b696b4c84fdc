import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder with this project's package.json: the same whether the caller runs as TypeScript or compiled in build/. */
export function projectRoot(): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (at === dirname(at)) throw new Error(`no package.json above ${import.meta.dirname}`);
  }
}
