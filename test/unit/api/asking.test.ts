import assert from 'node:assert/strict';
import {
  formatAnswer,
  formatQuestion,
  longestAnswer,
  type Question,
  readAnswer,
  readQuestion,
} from '../../../src/api/asking.js';
import { clocksHeard, formatClocks, nodesHeard } from '../../../src/api/heard-lease.js';

const asker = `${'a'.repeat(41)}-_`;
const signature = 's'.repeat(86);
const question: Question = { asker, count: 7, heard: 6 };

describe('a question whether an agent lives', () => {
  it('is read as it was written', () => {
    assert.deepEqual(readQuestion(formatQuestion({ question, signature })), { question, signature });
  });

  const url = formatQuestion({ question, signature });
  for (const [what, text] of [
    ['nothing', ''],
    ['no query', '/alive'],
    ['another path', url.replace('alive', 'metrics')],
    ['a short key', url.replace(asker, asker.slice(1))],
    ['a long signature', `${url}s`],
    ['more', `${url}&more=1`],
    ['a count that is none', url.replace('count=7', 'count=-7')],
    ['a count beyond all numbers', url.replace('count=7', `count=${'9'.repeat(20)}`)],
    ['what is escaped', url.replace('count', '%63ount')],
  ] as const)
    it(`is none with ${what}`, () => assert.equal(readQuestion(text), undefined));
});

describe('the word of the controller of whom it hears', () => {
  const word = (name: string, heard?: string) => ({
    metadata: { name, ...(heard === undefined ? {} : { annotations: { 'openelb.io/heard': heard } }) },
  });

  it('names nodes', () => {
    assert.deepEqual(nodesHeard(word('openelb-heard', 'n1,n2')), ['n1', 'n2']);
    assert.deepEqual(nodesHeard(word('openelb-heard', '')), []);
    assert.deepEqual(nodesHeard(word('openelb-heard')), []);
  });

  it('is in one Lease only', () => assert.equal(nodesHeard(word('agent.n1', 'n1,n2')), undefined));
});

describe('an answer whether an agent lives', () => {
  const answer = { atMs: 1_800_000_000_000, signature };

  it('is read as it was written, and has its bound', () => {
    assert.deepEqual(readAnswer(formatAnswer(answer)), answer);
    assert.ok(formatAnswer({ atMs: 999_999_999_999_999, signature }).length <= longestAnswer);
  });

  for (const text of [
    '',
    signature,
    ` ${signature}`,
    `-1 ${signature}`,
    `1 ${signature}s`,
    `1  ${signature}`,
    `1 ${signature}\n`,
  ])
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(readAnswer(text), undefined));
});

describe('what is said of clocks', () => {
  const lease = (clocks: string) => ({
    metadata: { name: 'openelb-heard', annotations: { 'openelb.io/heard': 'n1,n2,n3', 'openelb.io/clocks': clocks } },
  });

  it('is those that are a second off or more', () => {
    assert.equal(
      formatClocks([
        ['n1', 999],
        ['n2', 2_400.4],
        ['n3', -9_000],
      ]),
      'n2=2400,n3=-9000',
    );
  });

  it('is read with all that are heard, and nothing else', () => {
    assert.deepEqual(
      [...clocksHeard(lease('n2=2400,n9=7,n3=x,,=,n1=-5'))!],
      [
        ['n1', -5],
        ['n2', 2_400],
        ['n3', 0],
      ],
    );
    assert.equal(clocksHeard({ metadata: { name: 'agent.n1' } }), undefined);
  });
});
