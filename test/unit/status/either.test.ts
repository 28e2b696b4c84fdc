import assert from 'node:assert/strict';
import { ConnectionError } from '../../../src/platform/kubernetes/connection-error.js';
import { eitherOf } from '../../../src/status/either.js';

describe('who is asked by status', () => {
  const unreachable = new ConnectionError('unreachable', 'cannot reach the API server https://192.0.2.1');
  const rejects = (error: Error) => () => Promise.reject(error);
  const ask = (
    cluster: (answered: () => void, local: Promise<string | undefined>) => Promise<string>,
    local: () => Promise<string>,
  ) => {
    const said: string[] = [];
    const say = (text: string) => void said.push(text);
    return { said, result: eitherOf({ cluster, local, alone: (found) => found, node: 'a', say, patienceMs: 20 }) };
  };

  it('is the API server, as long as it answers', async () => {
    const { said, result } = ask(
      async () => 'cluster',
      async () => 'agent',
    );
    assert.deepEqual([await result, said], ['cluster', []]);
  });

  it('is the agent on this host, and that is said, when the API server cannot be reached', async () => {
    const { said, result } = ask(rejects(unreachable), async () => 'agent');
    assert.equal(await result, 'agent');
    assert.match(said.join(), /from the agent on this host, .*: cannot reach the API server/);
  });

  it('is the agent when the API server takes long to say anything, but not once it has begun', async () => {
    assert.equal(
      await ask(
        () => new Promise(() => {}),
        async () => 'agent',
      ).result,
      'agent',
    );
    const slow = (answered: () => void) => {
      answered();
      return new Promise<string>((resolve) => setTimeout(resolve, 60, 'cluster'));
    };
    assert.equal(await ask(slow, async () => 'agent').result, 'cluster');
  });

  it('is nobody, with both reasons, when neither answers', async () => {
    await assert.rejects(
      ask(rejects(unreachable), rejects(new Error('ECONNREFUSED'))).result,
      /cannot reach the API server .*; and no agent of node a answers on this host/,
    );
  });

  it('is the agent once, and who asks the API server gets its answer', async () => {
    let asked = 0;
    const local = async () => `asked ${++asked} time`;
    const cluster = async (_answered: () => void, said: Promise<string | undefined>) => `cluster, ${await said}`;
    assert.equal(await ask(cluster, local).result, 'cluster, asked 1 time');
  });

  it('is not the agent when the API server refuses: that is said', async () => {
    await assert.rejects(ask(rejects(new Error('no permission')), async () => 'agent').result, /no permission/);
  });
});
