/**
 * How long it takes from the README to an answering VIP: its two commands under "Try it", in a copy of this clone on a bare Debian machine
 * (`scripts/bare-root`) with Node.js and nothing else: no npm package, no cache of npm's or apt's, nothing built. Fails when that takes longer
 * than it must.
 *
 *   node --import=tsx test/bench/first-answer.ts [--most 90]
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { table } from './statistics.js';

/** Starts the playground as somebody at a terminal does, and asks each second in "another terminal" until there is an answer. */
const visit = `
began=$(date +%s%N)
ms() { echo $(( ($(date +%s%N) - began) / 1000000 )); }
mkfifo /tmp/keys
exec 3<>/tmp/keys
$1 <&3 > >(while IFS= read -r line; do echo "$(ms) $line"; done) 2>&1 &
playground=$!
until answer=$($2 2>/dev/null) && [ -n "$answer" ]; do
  kill -0 $playground 2>/dev/null || exit 1
  sleep 0.2
done
echo "$(ms) answer: $answer"
kill -INT $playground
wait $playground || true
[ -z "$(ip netns list)" ] || { echo "$(ms) left: $(ip netns list)"; exit 1; }
`;

/** What the playground says when something begins. */
const steps: readonly (readonly [RegExp, string])[] = [
  [/^installing npm packages/, 'npm packages'],
  [/^installing Debian packages/, 'Debian packages'],
  [/^building dist/, 'the program is built'],
  [/^\* a switch/, 'hosts and an API server'],
  [/^\* the controller and/, 'the programs start, a Service gets its address'],
  [/^answer: /, 'answered'],
];

/** The commands of the README's first console block, without what is said about them. */
async function commandsOfReadme(): Promise<readonly string[]> {
  const readme = await readFile(join(projectRoot(), 'README.md'), 'utf8');
  const block = /^## Try it$[\s\S]*?```console\n([\s\S]*?)```/m.exec(readme)?.[1] ?? '';
  return block.split('\n').flatMap((line) => /^\$ (.*?)(?: +#.*)?$/.exec(line)?.[1] ?? []);
}

const { values } = parseArgs({ options: { most: { type: 'string', default: '90' } } });
const commands = await commandsOfReadme();
assert.equal(commands.length, 2, 'the README says it in two commands');
const cache = await mkdtemp(join(tmpdir(), 'openelb-vip-bare-'));
try {
  const machine = execa(join(projectRoot(), 'scripts/bare-root'), ['bash', '-c', visit, 'visit', ...commands], {
    env: { XDG_CACHE_HOME: cache, KUBEBUILDER_ASSETS: undefined },
    stderr: 'inherit',
    reject: false,
  });
  const lines: { readonly ms: number; readonly text: string }[] = [];
  for await (const line of createInterface({ input: machine.stdout })) {
    const [, ms, text] = /^(\d+) (.*)$/.exec(line) ?? [];
    if (text !== undefined) lines.push({ ms: Number(ms), text });
  }
  const { exitCode } = await machine;
  const answered = lines.find(({ text }) => /^answer: n\d answers for /.test(text));
  if (exitCode !== 0 || answered === undefined)
    throw new Error(`there was no answer:\n${lines.map(({ text }) => text).join('\n')}`);
  const seen = steps.flatMap(([begins, name]) => {
    const at = lines.find(({ text }) => begins.test(text))?.ms;
    return at === undefined ? [] : [{ name, at }];
  });
  const rows = seen.map(({ name, at }, n) => [name, String(Math.round(((seen[n + 1]?.at ?? at) - at) / 100) / 10)]);
  console.log(table(['step', 's'], rows.slice(0, -1)));
  console.log(`${(answered.ms / 1000).toFixed(1)} s to "${answered.text.replace('answer: ', '')}"`);
  assert.ok(answered.ms < Number(values.most) * 1000, `it must take less than ${values.most} s`);
} finally {
  await rm(cache, { recursive: true, force: true });
}
