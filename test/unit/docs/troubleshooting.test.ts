import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { saidReasons } from '../../../scripts/reference/said-reasons.js';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { reasonTypes } from '../../../src/agent/engine/reasons.js';
import { conditionReasons, conditionTypes, faultReasons } from '../../../src/agent/status/member-status.js';

/** What the log warns of: as a literal, in a choice of two, or as a constant beside its level. */
const warned = [
  /\blog\.(?:warn|error)\(\s*(['`][^'`]+['`])/g,
  /\blog\.error\(\s*kind[^?]*\?\s*('[^']+')\s*:\s*(`[^`]+`)/g,
  /\bfailed\(log, ('[^']+')/g,
  /\blevel: '(?:warn|error)',\s*message: (['`][^'`]+['`])/g,
  /\bmessage =\s*('[^']+')[^}]*?level: '(?:warn|error)', message\b/g,
  /\btitles: Readonly<[^=]*> = \{([^}]*)\}/g,
];

describe('docs/troubleshooting.md', () => {
  let page: string;
  before(async () => {
    page = await readFile(join(projectRoot(), 'docs/troubleshooting.md'), 'utf8');
  });

  it('has a row for each reason why a node takes no part in a group, or only in part, in their order', () => {
    const [, section = ''] = page.split('\n## A node takes no part in a group\n');
    const rows = section
      .split('\n## ')[0]!
      .split('\n')
      .filter((line) => line.startsWith('| '));
    const named = rows.flatMap((row) => [...row.split(' | ')[0]!.matchAll(/`([A-Za-z]+)`/g)].map(([, name]) => name));
    assert.deepEqual(named, [...reasonTypes]);
  });

  it('has each condition that an agent says of the LAN, and its reasons', () => {
    const [, section = ''] = page.split('\n## Somebody else on the LAN\n');
    const words = [conditionTypes, conditionReasons, faultReasons].flatMap((each) => Object.values<string>(each));
    assert.deepEqual(
      words.filter((word) => !section.split('\n## ')[0]!.includes(`\`${word}\``)),
      [],
    );
  });

  it('has each line by which the log of an agent warns', async () => {
    const lines = new Set<string>();
    for (const text of await sources(join(projectRoot(), 'src/agent')))
      for (const pattern of warned)
        for (const [, ...found] of text.matchAll(pattern))
          for (const [, line] of found.join(' ').matchAll(/['`]([^'`]+)['`]/g)) lines.add(line!);
    assert.ok(lines.size > 50, `only ${lines.size} were found`);
    assert.deepEqual([...lines].filter((line) => line.includes(' ') && !isOnPage(line)).sort(), []);
  });

  /** The page may have only the beginning of a line, or its end behind what varies. */
  function isOnPage(line: string): boolean {
    const constant = line
      .replace(/^\$\{[^}]*\} ?/, '')
      .split('${')[0]!
      .trim();
    const quoted = [...page.matchAll(/`([^`]+)`/g)].map(([, words]) => words!.replace(/\s+/g, ' '));
    return quoted.some((words) => words.length > 8 && constant.startsWith(words));
  }

  it('has each reason that a condition or an Event can have', async () => {
    const reasons = saidReasons(['src/controller', 'src/core/ipam', 'src/agent/surroundings', 'src/agent/keys']);
    assert.ok(reasons.size > 40, `only ${reasons.size} were found`);
    const missing = [...reasons.keys()].filter((reason) => !new RegExp(`\\b${reason}\\b`).test(page));
    assert.deepEqual(missing.sort(), []);
  });
});

async function sources(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder, { recursive: true });
  return Promise.all(files.filter((file) => file.endsWith('.ts')).map((file) => readFile(join(folder, file), 'utf8')));
}
