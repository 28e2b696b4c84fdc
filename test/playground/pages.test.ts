import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { writeCommands } from '../../scripts/lab/commands.js';
import { prepareNetwork } from '../../scripts/lab/network.js';
import { playgroundPool, playgroundService, serviceName } from '../../scripts/lab/pool.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { eventually } from '../lab/eventually.js';
import { missingLines, type Step, stepsOf } from '../lab/runnable-page.js';
import { type Stack, startStack } from '../lab/stack.js';

const docs = join(projectRoot(), 'docs');

/** How long what a command shows may take to become true: as long as somebody who types would wait. */
const patienceMs = 20_000;

describe('the commands of the documentation, on the playground', function () {
  this.timeout(180_000);
  let stack: Stack;
  let folder: string;

  before(async () => {
    const mode = 'vip';
    stack = await startStack('docs', { dualStack: true });
    await prepareNetwork(stack, { mode, say: () => {} });
    writeCommands(stack);
    await stack.apply(playgroundPool({ mode, interval: '250ms' }), playgroundService());
    await stack.addressOf(serviceName);
    folder = mkdtempSync(join(tmpdir(), 'openelb-vip-pages-'));
  });
  after(() => {
    stack?.lab.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  const runnable = pages
    .map((name) => ({ name, steps: stepsOf(readFileSync(join(docs, name), 'utf8')) }))
    .filter(({ steps }) => steps.length > 0);

  it('are on some pages', () => {
    assert.ok(runnable.length >= 3, runnable.map(({ name }) => name).join(' '));
  });

  for (const { name, steps } of runnable.sort((a, b) => (a.name < b.name ? -1 : 1)))
    it(`do on ${name} what stands under them`, async () => {
      for (const step of steps) await take(name, step);
    });

  /** The small API server knows no tables: kubectl prints names and ages. */
  function expectedOf({ text, expected }: Step & { readonly kind: 'command' }): readonly string[] {
    if (stack.api.kind === 'real' || !/^kubectl get (?!.* -o)/.test(text)) return expected;
    return expected.map((line) => `${line.split(/\s+/)[0]} …`);
  }

  async function take(page: string, step: Step): Promise<void> {
    if (step.kind === 'file') {
      writeFileSync(join(folder, step.name), stack.api.kind === 'real' ? asFor120(step.text) : step.text);
      return;
    }
    let last = '';
    await eventually(
      `${page}:${step.line}: ${step.text}`,
      async () => {
        const { all, exitCode } = await execa('bash', ['-c', step.text], {
          cwd: folder,
          env: { PATH: `${stack.lab.folder}:${process.env.PATH}`, LC_ALL: 'C.UTF-8' },
          reject: false,
          all: true,
        });
        const missing = missingLines(expectedOf(step), all);
        last = `it ended with ${exitCode} and printed\n${all}\nbut not\n${missing.join('\n')}`;
        return missing.length === 0 && (exitCode === 0 || step.expected.length > 0);
      },
      { withinMs: patienceMs, everyMs: 250, onTimeout: () => last },
    );
  }
});

/** What the page says that Kubernetes 1.20 has instead, which the real API server is of. */
function asFor120(text: string): string {
  return text
    .replace(/^apiVersion: discovery\.k8s\.io\/v1 .*$/m, 'apiVersion: discovery.k8s.io/v1beta1')
    .replace(/^ {2}nodeName: (\w+)$/m, '  topology:\n    kubernetes.io/hostname: $1');
}
