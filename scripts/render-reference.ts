#!/usr/bin/env -S node --import=tsx
// Writes docs/reference from the code: `render-reference.ts [--check]`. With --check it writes nothing and fails when a page is stale.
// It fails for a metric, a condition, a reason or a name that the code has and nobody explains.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandsPage } from './reference/commands.js';
import { fieldsPage } from './reference/fields.js';
import { page, table, wrapped } from './reference/markdown.js';
import { messagesPage } from './reference/messages.js';
import { metricsPage } from './reference/metrics.js';
import { namesPage } from './reference/names.js';
import { signalsPage } from './reference/signals.js';
import { projectRoot } from './tools/project-root.js';

const pages: Readonly<Record<string, string>> = {
  'README.md': page('Reference', [
    wrapped(
      'Made from the code, so that it has everything that there is. What it all means stands in the other pages.',
    ),
    table(
      ['page', 'what is in it'],
      [
        ['[What you saw, by name](signals.md)', 'every metric, alert, condition and reason, with what to do'],
        ['[Fields](fields.md)', 'of Eip, VipGroup, BgpConf and BgpPeer'],
        ['[Annotations and labels](names.md)', 'that you write, and that the programs write'],
        ['[Commands](commands.md)', 'their flags, variables and exit codes'],
        ['[Conditions and reasons](messages.md)', 'of objects and Events, with what to do'],
        ['[Metrics and alerts](metrics.md)', 'with their labels, and which alert watches which'],
        ['[Values of the chart](../values.md)', 'with types and defaults'],
      ],
    ),
  ]),
  'commands.md': await commandsPage(),
  'fields.md': fieldsPage(),
  'names.md': namesPage(),
  'messages.md': messagesPage(),
  'metrics.md': await metricsPage(),
  'signals.md': await signalsPage(),
};

for (const [name, text] of Object.entries(pages)) {
  const target = join(projectRoot(), 'docs', 'reference', name);
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  } else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error(`docs/reference/${name} is stale: run npm run render and commit it`);
    process.exitCode = 1;
  }
}
// Commands may have opened what keeps a process alive.
process.exit();
