import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Form } from './forms/form.js';

/** Inputs that earlier runs have found, one on each line, beside this file (as source: `corpus/TARGET.txt`). */
function fileOf(target: string, folder: URL): string {
  return fileURLToPath(new URL(`${target}.txt`, folder));
}

export function readCorpus<Input>(target: string, folder: URL, form: Form<Input>): readonly Input[] {
  const file = fileOf(target, folder);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, at) => {
    if (line === '') return [];
    try {
      return [form.read(line)];
    } catch (cause) {
      throw new Error(`${file}:${at + 1} is no input of ${target}`, { cause });
    }
  });
}

export function writeCorpus<Input>(target: string, folder: URL, form: Form<Input>, inputs: readonly Input[]): void {
  const lines = inputs.map((input) => `${form.write(input)}\n`);
  writeFileSync(fileOf(target, folder), lines.join(''));
}
