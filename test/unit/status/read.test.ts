import assert from 'node:assert/strict';
import { partSelectors } from '../../../src/api/group-labels.js';
import type { CallOptions } from '../../../src/platform/kubernetes/call.js';
import type { ApiClient } from '../../../src/platform/kubernetes/client.js';
import { ConnectionError } from '../../../src/platform/kubernetes/connection-error.js';
import { readSeen } from '../../../src/status/read.js';

describe('what status reads from an API server', () => {
  const unreachable = new ConnectionError('unreachable', 'cannot reach the API server https://192.0.2.1');

  const read = (client: Partial<ApiClient>) => {
    const said: string[] = [];
    const reading = {
      client: client as ApiClient,
      namespace: 'ns',
      answered() {},
      say: (text: string) => void said.push(text),
    };
    return { said, seen: readSeen(reading) };
  };

  it('is nothing where the server cannot be reached, for one reason and not for one more for each list', async () => {
    const refuse = () => Promise.reject(unreachable);
    const { said, seen } = read({ request: refuse, list: refuse });
    await assert.rejects(seen, unreachable);
    await new Promise(setImmediate);
    assert.deepEqual(said, []);
  });

  it('is each group once, by their names, from requests that the server answers at the same time', async () => {
    const parts = [['b-1'], ['c-1', 'a-1', 'b-1']];
    const asked: string[] = [];
    const { seen } = read({
      request: async <T>({ query }: CallOptions) => {
        asked.push(String(query?.labelSelector));
        const items = parts[asked.length - 1]!.map((name) => ({ metadata: { name } }));
        return { metadata: {}, items } as T;
      },
      list: () => Promise.reject(unreachable),
    });
    assert.deepEqual(
      (await seen).groups.map(({ metadata }) => metadata.name),
      ['a-1', 'b-1', 'c-1'],
    );
    assert.deepEqual(asked, partSelectors);
  });

  it('is the groups where nothing else can be read, and what cannot is said', async () => {
    const groups = { metadata: {}, items: [{ metadata: { name: 'a-1' } }] };
    const { said, seen } = read({
      request: <T>() => Promise.resolve(groups as T),
      list: () => Promise.reject(unreachable),
    });
    assert.deepEqual(
      (await seen).groups.map(({ metadata }) => metadata.name),
      ['a-1'],
    );
    assert.deepEqual(
      said.map((text) => text.split(':')[0]),
      ['pools cannot be shown', 'sessions with routers cannot be shown', 'how old this is cannot be said'],
    );
  });
});
