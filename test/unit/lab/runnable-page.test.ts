import assert from 'node:assert/strict';
import { missingLines, stepsOf } from '../../lab/runnable-page.js';

const page = `# A page

\`\`\`console
$ not this
\`\`\`

\`\`\`yaml playground=mine.yaml
kind: Eip
\`\`\`

\`\`\`console playground
$ kubectl apply \\
    -f mine.yaml
$ kubectl get eip
NAME   ADDRESS
mine   … 1
\`\`\`
`;

describe('a page whose commands are run', () => {
  it('says files, commands, and what these print', () => {
    assert.deepEqual(stepsOf(page), [
      { kind: 'file', name: 'mine.yaml', text: 'kind: Eip\n' },
      { kind: 'command', text: 'kubectl apply \\\n    -f mine.yaml', expected: [], line: 12 },
      { kind: 'command', text: 'kubectl get eip', expected: ['NAME   ADDRESS', 'mine   … 1'], line: 14 },
    ]);
    assert.deepEqual(stepsOf('```console\n$ a\n```\n'), []);
  });

  it('is right when each line is printed, however wide columns are, and … stands for any text', () => {
    const printed = 'NAME    ADDRESS   USAGE\nmine  10.0.0.1 - 10.0.0.9   1\n';
    assert.deepEqual(missingLines(['NAME ADDRESS USAGE', 'mine … 1'], printed), []);
    assert.deepEqual(missingLines(['NAME ADDRESS', 'mine … 2', 'mine 10.0.0.1'], printed), [
      'NAME ADDRESS',
      'mine … 2',
      'mine 10.0.0.1',
    ]);
    assert.deepEqual(missingLines(['a.c (1)'], 'abc (1)'), ['a.c (1)']);
  });
});
