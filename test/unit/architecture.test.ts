import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { execa } from 'execa';

const root = resolve(process.cwd());
const require = createRequire(import.meta.url);
const rules = require(join(root, '.dependency-cruiser.cjs'));

describe('the direction of dependencies', function () {
  this.timeout(180_000);

  it('holds in the source as it stands', async () => {
    const result = await cruiseTree(root);
    assert.ok(
      result.summary.totalCruised > 50,
      `only ${result.summary.totalCruised} modules were seen: nothing was checked`,
    );
    assert.deepEqual(violations(result), []);
  });

  const planted: readonly {
    readonly rule: string;
    readonly file: string;
    readonly text: string;
    readonly beside?: string;
  }[] = [
    {
      rule: 'core-imports-core',
      file: 'src/core/vrrp/a.ts',
      text: "import '../../agent/b.js';",
      beside: 'src/agent/b.ts',
    },
    { rule: 'core-imports-no-package', file: 'src/core/wire/a.ts', text: "import 'node:dgram';" },
    { rule: 'core-imports-no-package', file: 'src/core/wire/a.ts', text: "void import('node:fs');" },
    {
      rule: 'api-imports-core',
      file: 'src/api/a.ts',
      text: "import '../platform/linux/b.js';",
      beside: 'src/platform/linux/b.ts',
    },
    {
      rule: 'linux-stands-alone',
      file: 'src/platform/linux/a.ts',
      text: "import '../kubernetes/b.js';",
      beside: 'src/platform/kubernetes/b.ts',
    },
    {
      rule: 'kubernetes-knows-no-vip',
      file: 'src/platform/kubernetes/a.ts',
      text: "import '../../api/eip.js';",
      beside: 'src/api/eip.ts',
    },
    {
      rule: 'observability-stands-alone',
      file: 'src/platform/observability/a.ts',
      text: "import '../linux/b.js';",
      beside: 'src/platform/linux/b.ts',
    },
    {
      rule: 'controller-not-agent',
      file: 'src/controller/a.ts',
      text: "import '../platform/linux/b.js';",
      beside: 'src/platform/linux/b.ts',
    },
    ...[
      ['objects', 'nodes'],
      ['nodes', 'liveness'],
      ['liveness', 'cache'],
      ['routers', 'nodes'],
      ['cache', 'standing'],
      ['standing', 'context'],
      ['context', 'notes'],
      ['events', 'notes'],
      ['notes', 'groups'],
      ['services', 'groups'],
      ['groups', 'services'],
      ['eips', 'groups'],
      ['bgp', 'eips'],
      ['metallb', 'services'],
      ['exclusions', 'webhook'],
      ['webhook', 'exclusions'],
      ['web', 'webhook'],
      ['certificate', 'cache'],
    ].map(([room, other]) => ({
      rule: `controller-${room}-stands-on-lower-floors`,
      file: `src/controller/${room}/a.ts`,
      text: `import '../${other}/b.js';`,
      beside: `src/controller/${other}/b.ts`,
    })),
    {
      rule: 'controller-services-stands-on-lower-floors',
      file: 'src/controller/services/a.ts',
      text: "import '../controller.js';",
      beside: 'src/controller/controller.ts',
    },
    {
      rule: 'controller-rooms-have-a-floor',
      file: 'src/controller/a.ts',
      text: "import './attic/b.js';",
      beside: 'src/controller/attic/b.ts',
    },
    {
      rule: 'page-knows-the-contract',
      file: 'src/web/a.ts',
      text: "import '../controller/web/b.js';",
      beside: 'src/controller/web/b.ts',
    },
    {
      rule: 'page-is-a-leaf',
      file: 'src/controller/web/a.ts',
      text: "import '../../web/b.js';",
      beside: 'src/web/b.ts',
    },
    {
      rule: 'engine-knows-no-kubernetes',
      file: 'src/agent/engine/a.ts',
      text: "import '../../api/b.js';",
      beside: 'src/api/b.ts',
    },
    {
      rule: 'answering-below-election',
      file: 'src/agent/engine/answering/a.ts',
      text: "import '../election/b.js';",
      beside: 'src/agent/engine/election/b.ts',
    },
    {
      rule: 'bfd-beside-election',
      file: 'src/agent/engine/bfd/a.ts',
      text: "import '../election/b.js';",
      beside: 'src/agent/engine/election/b.ts',
    },
    ...['election', 'answering'].map((room) => ({
      rule: 'routing-beside-election',
      file: 'src/agent/engine/routing/a.ts',
      text: `import '../${room}/b.js';`,
      beside: `src/agent/engine/${room}/b.ts`,
    })),
    {
      rule: 'routing-beside-election',
      file: 'src/agent/engine/routing/a.ts',
      text: "import '../bfd/sessions.js';",
      beside: 'src/agent/engine/bfd/sessions.ts',
    },
    ...['election/', 'answering/', 'bfd/', ''].map((room) => ({
      rule: 'engine-knows-no-routing',
      file: `src/agent/engine/${room}a.ts`,
      text: `import '${room === '' ? './' : '../'}routing/contract.js';`,
      beside: 'src/agent/engine/routing/contract.ts',
    })),
    {
      rule: 'liveness-above-election',
      file: 'src/agent/engine/liveness/a.ts',
      text: "import '../conflicts/b.js';",
      beside: 'src/agent/engine/conflicts/b.ts',
    },
    {
      rule: 'election-below-conflicts',
      file: 'src/agent/engine/election/a.ts',
      text: "import '../conflicts/b.js';",
      beside: 'src/agent/engine/conflicts/b.ts',
    },
    {
      rule: 'parts-below-the-turn',
      file: 'src/agent/engine/conflicts/a.ts',
      text: "import '../perform.js';",
      beside: 'src/agent/engine/perform.ts',
    },
    {
      rule: 'sources-below-status',
      file: 'src/agent/sources/a.ts',
      text: "import '../status/b.js';",
      beside: 'src/agent/status/b.ts',
    },
    {
      rule: 'agent-not-controller',
      file: 'src/agent/a.ts',
      text: "import '../controller/b.js';",
      beside: 'src/controller/b.ts',
    },
    { rule: 'cli-is-a-leaf', file: 'src/cli/a.ts', text: "import '../api/b.js';", beside: 'src/api/b.ts' },
    { rule: 'koffi-only-in-sys', file: 'src/agent/a.ts', text: "import 'koffi';" },
    { rule: 'netlink-only-in-linux', file: 'src/agent/a.ts', text: "import 'netlink';" },
    {
      rule: 'client-node-only-in-kubernetes',
      file: 'src/controller/a.ts',
      text: "import { KubeConfig } from '@kubernetes/client-node';\nvoid KubeConfig;",
    },
    { rule: 'no-cycle', file: 'src/core/ip/a.ts', text: "import './b.js';", beside: 'src/core/ip/b.ts' },
    { rule: 'resolvable', file: 'src/core/ip/a.ts', text: "import './nowhere.js';" },
  ];

  it('is guarded by no rule without a violation of it here', () => {
    const named = new Set(planted.map(({ rule }) => rule));
    assert.deepEqual(
      rules.forbidden.map(({ name }: { name: string }) => name).filter((name: string) => !named.has(name)),
      [],
    );
  });

  for (const { rule, file, text, beside } of planted) {
    it(`is guarded: ${text.split('\n')[0]} in ${file} breaks ${rule}`, async () => {
      const tree = await mkdtemp(join(tmpdir(), 'planted-'));
      try {
        await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
        await plant(join(tree, file), `${text}\nexport const a = 1;\n`);
        if (beside)
          await plant(
            join(tree, beside),
            rule === 'no-cycle' ? "import './a.js';\nexport const b = 1;\n" : 'export const b = 1;\n',
          );
        assert.ok(violations(await cruiseTree(tree)).some((found) => found.startsWith(`${rule}: `)));
      } finally {
        await rm(tree, { recursive: true });
      }
    });
  }

  for (const text of [
    "import 'node:fs';",
    'setTimeout(() => 0, 1);',
    'console.log(1);',
    'process.exit();',
    'Buffer.alloc(1);',
  ]) {
    it(`is guarded by the cores' own compiler settings: ${text}`, async () => {
      const found = await compileCore(`${text}\nexport const a = 1;\n`);
      assert.match(found, /error TS/);
    });
  }

  it('lets a plain core compile', async () => {
    assert.equal(await compileCore('export const a = (x: Uint8Array): number => x.length;\n'), '');
  });
});

async function plant(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function cruiseTree(baseDir: string): Promise<ICruiseResult> {
  const { options, forbidden } = rules;
  const result = await cruise(
    ['src'],
    { ...options, baseDir, tsConfig: undefined, validate: true, ruleSet: { forbidden } },
    undefined,
    {
      tsConfig: extractTSConfig(join(root, 'tsconfig.json')),
    },
  );
  assert.ok(typeof result.output === 'object');
  return result.output;
}

function violations(result: ICruiseResult): string[] {
  return result.summary.violations.map((found) => `${found.rule.name}: ${found.from} -> ${found.to}`);
}

async function compileCore(text: string): Promise<string> {
  const tree = await mkdtemp(join(tmpdir(), 'core-'));
  try {
    await plant(join(tree, 'src/core/a.ts'), text);
    await writeFile(
      join(tree, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.core.json'),
        compilerOptions: { rootDir: '.' },
        include: ['src/core'],
      }),
    );
    await writeFile(join(tree, 'package.json'), '{ "type": "module" }');
    const { stdout } = await execa(
      process.execPath,
      [require.resolve('typescript/bin/tsc'), '--pretty', 'false', '-p', tree],
      {
        reject: false,
      },
    );
    return stdout;
  } finally {
    await rm(tree, { recursive: true });
  }
}

describe('a core', () => {
  it('reads no clock, draws no chance and waits for nothing', async () => {
    const files = await execa('find', ['src/core', '-name', '*.ts']).then(({ stdout }) => stdout.split('\n'));
    assert.ok(files.length > 10);
    const found: string[] = [];
    for (const file of files) {
      const code = (await readFile(file, 'utf8')).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      for (const banned of [
        /\bDate\b/,
        /\bMath\.random\b/,
        /\basync\b/,
        /\bawait\b/,
        /\bPromise\b/,
        /\bglobalThis\b/,
      ]) {
        if (banned.test(code)) found.push(`${file}: ${banned.source}`);
      }
    }
    assert.deepEqual(found, []);
  });
});
