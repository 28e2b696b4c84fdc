#!/usr/bin/env node
// Type-checks everything and writes build/ from scratch: a test whose source is gone must not go on running. What tests read beside
// their sources (vectors, transcripts, golden files) comes along.
import { cp, rm } from 'node:fs/promises';
import { execa } from 'execa';

process.chdir(new URL('..', import.meta.url).pathname);
const folders = ['src', 'test', 'scripts'];
await Promise.all([...folders, '.tsbuildinfo'].map((name) => rm(`build/${name}`, { recursive: true, force: true })));
for (const folder of folders) {
  await cp(folder, `build/${folder}`, { recursive: true, filter: (path) => !path.endsWith('.ts') });
}
const { exitCode } = await execa(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  stdio: ['ignore', 'inherit', 'inherit'],
  reject: false,
});
process.exitCode = exitCode;
