// What scripts/image runs.
import { parseArgs } from 'node:util';
import { architectureOf } from './architecture.js';
import { commandLine } from './command-line.js';
import { imageContents } from './contents.js';
import { imageArchive, imageName, imageSettings, source } from './image.js';
import { replace, writable } from './out-file.js';
import { writeRoot } from './write-root.js';

const usage = `usage: scripts/image [--arch amd64|arm64] [--tag TAG] OUT.tar
       scripts/image [--arch amd64|arm64] --root FOLDER

Makes the image as an OCI archive, or its files in an empty folder. Its name is the one the chart installs.
  --arch ARCH      default: this machine's
  --tag TAG        default: the chart's appVersion
  --commit COMMIT  what the sources are, where they are no clone; default: what git says
SOURCE_DATE_EPOCH is the image's time, in seconds since 1970; default: the time of the commit.
`;

const { run, say, wrong } = commandLine('scripts/image', usage);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      arch: { type: 'string' },
      tag: { type: 'string' },
      root: { type: 'string' },
      commit: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const [out, ...more] = positionals;
  if (more.length > 0) return wrong(`one archive at a time, and not also ${more.join(' ')}`);
  if (out === undefined && values.root === undefined) return wrong('say where the archive is to be written: OUT.tar');
  if (out !== undefined && values.root !== undefined) return wrong('either an archive or --root, not both');

  const architecture = architectureOf(values.arch);
  const name = await imageName(values.tag);
  if (out !== undefined) await writable(out);
  const of = await source(values.commit || undefined);
  const contents = await imageContents(architecture, of, say);
  if (values.root !== undefined) {
    await writeRoot(values.root, contents.layers);
  } else {
    const archive = await imageArchive(imageSettings(name, architecture, of), contents);
    await replace(out!, archive);
    say(`${out}: ${name}, linux/${architecture.name}, ${(archive.length / 1e6).toFixed(1)} MB, commit ${of.commit}`);
  }
  return 0;
}

run(main);
