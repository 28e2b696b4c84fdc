/** The files that somebody wants checked, and what is in them. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readSmallFile, UnfitFile } from '../platform/linux/small-file.js';
import { describeError } from '../platform/observability/log.js';

/** Of one file, in octets: as an agent. */
const mostBytes = 2 * 1024 * 1024;
/** Of a directory. */
const mostFiles = 10_000;
/** The same as an agent reads; what is hidden it does not. */
const extensions = /^[^.].*\.(ya?ml|json)$/;

export type FileText =
  | { readonly ok: true; readonly file: string; readonly text: string }
  | { readonly ok: false; readonly file: string; readonly reason: string };

/** In the order given; the manifests of a directory by name, not of those in it. `-` is standard input. */
export async function readFiles(names: readonly string[], stdin: AsyncIterable<Buffer>): Promise<readonly FileText[]> {
  const read: FileText[] = [];
  for (const name of names) {
    if (name === '-') read.push(await textOf('standard input', readStream(stdin)));
    else read.push(...(await readAt(name)));
  }
  return read;
}

async function readAt(path: string): Promise<readonly FileText[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [await textOf(path, readSmallFile(path, mostBytes))];
    const found = (await readdir(path)).filter((each) => extensions.test(each)).sort();
    if (found.length === 0) throw new UnfitFile('has no .yaml, .yml or .json');
    if (found.length > mostFiles) throw new UnfitFile(`has more than ${mostFiles} files`);
    const read: FileText[] = [];
    for (const each of found) read.push(await textOf(join(path, each), readSmallFile(join(path, each), mostBytes)));
    return read;
  } catch (error) {
    return [{ ok: false, file: path, reason: reasonOf(error) }];
  }
}

async function textOf(file: string, octets: Promise<Buffer>): Promise<FileText> {
  try {
    return { ok: true, file, text: new TextDecoder('utf-8', { fatal: true }).decode(await octets) };
  } catch (error) {
    return { ok: false, file, reason: error instanceof TypeError ? 'is no text in UTF-8' : reasonOf(error) };
  }
}

async function readStream(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const portions: Buffer[] = [];
  let length = 0;
  for await (const portion of stream) {
    portions.push(portion);
    length += portion.length;
    if (length > mostBytes) throw new UnfitFile(`has more than ${mostBytes} bytes`);
  }
  return Buffer.concat(portions);
}

function reasonOf(error: unknown): string {
  return error instanceof UnfitFile ? error.message : describeError(error);
}
