/** Writes the image of the previous release. arguments: IMAGE.tar OUT.tar, the first as scripts/image makes it. */
import { readFile, writeFile } from 'node:fs/promises';
import { previousImage } from '../previous.js';

const [image = '', out = ''] = process.argv.slice(2);
await writeFile(out, await previousImage(await readFile(image)));
