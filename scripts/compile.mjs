#!/usr/bin/env node
// Type-checks everything and writes build/ from scratch: a test whose source is gone must not go on running.
import { rm } from 'node:fs/promises';
import { execa } from 'execa';

process.chdir(new URL('..', import.meta.url).pathname);
await Promise.all(
  ['build/src', 'build/test', 'build/scripts', 'build/.tsbuildinfo'].map((path) =>
    rm(path, { recursive: true, force: true }),
  ),
);
const { exitCode } = await execa(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  stdio: ['ignore', 'inherit', 'inherit'],
  reject: false,
});
process.exitCode = exitCode;
