import assert from 'node:assert/strict';
import { formatQuestion, nodesHeard, type Question, readQuestion } from '../../../src/api/asking.js';

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
