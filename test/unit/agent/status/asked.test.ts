import assert from 'node:assert/strict';
import { type Asked, createAsked } from '../../../../src/agent/status/asked.js';
import { answerText, formatQuestion, type Question, questionText, readAnswer } from '../../../../src/api/asking.js';
import type { ApiClient } from '../../../../src/platform/kubernetes/client.js';
import { createSigner, isSignedBy, type Signer } from '../../../../src/platform/signatures/ed25519.js';
import { createManualClock } from '../../platform/kubernetes/manual-clock.js';

describe('an agent that is asked whether it lives', () => {
  const controller = createSigner();
  let clock: ReturnType<typeof createManualClock>;
  let asked: Asked;
  let moves: boolean;
  /** What the API server has; undefined: it does not answer. */
  let lease: { readonly holder: string; readonly key: unknown } | undefined;
  let looks: number;

  beforeEach(() => {
    clock = createManualClock();
    moves = true;
    lease = { holder: 'c1', key: controller.publicKey };
    looks = 0;
    const get = async () => {
      looks += 1;
      if (lease === undefined) throw new Error('no answer');
      return {
        metadata: { name: 'openelb-controller', annotations: { 'openelb.io/key': lease.key } },
        spec: { holderIdentity: lease.holder },
      };
    };
    asked = createAsked({ client: { get } as unknown as ApiClient, namespace: 'ns', lives: () => moves, clock });
  });

  const question = (count: number, heard = 0, signer = controller): Question => ({
    asker: signer.publicKey,
    count,
    heard,
  });
  const ask = (count: number, heard = 0, o: { signer?: Signer; signs?: Signer; to?: string } = {}) => {
    const { signer = controller, signs = signer, to = asked.key } = o;
    const of = question(count, heard, signer);
    return asked.answer(formatQuestion({ question: of, signature: signs.sign(questionText(of, to)) }));
  };

  it('answers the controller whose key the Lease of those that lead has, by a signature of its own', async () => {
    const { status, body } = await ask(1);
    assert.equal(status, 200);
    const { atMs, signature } = readAnswer(body)!;
    assert.equal(atMs, clock.wall());
    assert.equal(isSignedBy(asked.key, answerText(question(1), asked.key, atMs), signature), true);
    assert.equal(isSignedBy(asked.key, answerText(question(2), asked.key, atMs), signature), false);
  });

  it('knows that it is heard by the question that follows, for seven seconds since its answer', async () => {
    await ask(1);
    assert.equal(asked.isHeard(), false);
    clock.advance(3_000);
    await ask(2, 1);
    assert.equal(asked.isHeard(), true);
    clock.advance(3_999);
    assert.equal(asked.isHeard(), true);
    clock.advance(1);
    assert.equal(asked.isHeard(), false);
  });

  it('is heard without a break as long as it is asked', async () => {
    for (let count = 1; count < 20; count += 1) {
      await ask(count, count - 1);
      if (count > 1) assert.equal(asked.isHeard(), true);
      clock.advance(3_000);
      if (count > 1) assert.equal(asked.isHeard(), true);
    }
  });

  it('is not heard where its answers get lost', async () => {
    for (let count = 1; count < 9; count += 1) {
      await ask(count);
      clock.advance(3_000);
      assert.equal(asked.isHeard(), false);
    }
  });

  it('is heard over an answer that got lost', async () => {
    await ask(1);
    clock.advance(3_000);
    await ask(2, 1);
    clock.advance(3_000);
    await ask(3, 1);
    assert.equal(asked.isHeard(), true);
    clock.advance(900);
    await ask(4, 3);
    assert.equal(asked.isHeard(), true);
  });

  it('says that its engine does not move, which is not being heard', async () => {
    await ask(1);
    moves = false;
    assert.equal((await ask(2, 1)).status, 503);
    clock.advance(8_000);
    await ask(3, 2);
    assert.equal(asked.isHeard(), false);
  });

  it('answers no question twice, nor an older one', async () => {
    await ask(5);
    assert.equal((await ask(5)).status, 409);
    assert.equal((await ask(4)).status, 409);
    assert.equal((await ask(6)).status, 200);
  });

  it('answers no stranger, whatever that one signs with', async () => {
    const stranger = createSigner();
    assert.equal((await ask(1, 0, { signer: stranger })).status, 403);
    assert.equal((await ask(1, 0, { signs: stranger })).status, 403);
    assert.equal((await ask(1, 0, { to: createSigner().publicKey })).status, 403, 'a question to another agent');
    assert.equal((await asked.answer('/alive')).status, 400);
    assert.equal((await ask(1)).status, 200, 'none of these counts');
    assert.equal(asked.isHeard(), false);
  });

  it('asks the API server who leads once in five seconds at the most', async () => {
    const stranger = createSigner();
    await Promise.all([1, 2, 3].map((count) => ask(count, 0, { signer: stranger })));
    for (let i = 0; i < 10; i += 1) {
      await ask(i, 0, { signer: createSigner() });
      clock.advance(499);
    }
    assert.equal(looks, 1);
    clock.advance(1_000);
    await ask(1, 0, { signer: stranger });
    assert.equal(looks, 2);
    assert.equal((await ask(1)).status, 200, 'who leads was read along the way');
    assert.equal(looks, 2);
  });

  it('follows the next controller, which counts from one again, and is heard by it alone', async () => {
    const next = createSigner();
    await ask(8);
    await ask(9, 8);
    lease = { holder: 'c2', key: next.publicKey };
    clock.advance(6_000);
    assert.equal((await ask(1, 0, { signer: next })).status, 200);
    assert.equal((await ask(10, 9)).status, 403);
    clock.advance(1_000);
    assert.equal(asked.isHeard(), false);
    await ask(2, 1, { signer: next });
    assert.equal(asked.isHeard(), true);
  });

  for (const [what, held] of [
    ['nobody leads', { holder: '', key: controller.publicKey }],
    ['the Lease has no key', { holder: 'c1', key: undefined }],
    ['the Lease has a key that is no text', { holder: 'c1', key: 7 }],
    ['the API server does not answer', undefined],
  ] as const)
    it(`answers nobody where ${what}`, async () => {
      lease = held;
      assert.equal((await ask(1)).status, 403);
    });

  it('goes on with the controller that it knows until another leads', async () => {
    await ask(5);
    lease = { holder: '', key: controller.publicKey };
    clock.advance(6_000);
    await ask(1, 0, { signer: createSigner() });
    lease = { holder: 'c1', key: controller.publicKey };
    clock.advance(6_000);
    await ask(1, 0, { signer: createSigner() });
    assert.equal((await ask(5)).status, 409, 'what it answered once it answers no more');
    assert.equal((await ask(6)).status, 200);
  });

  it('goes on with the controller that it knows while the API server does not answer', async () => {
    await ask(1);
    lease = undefined;
    clock.advance(6_000);
    await ask(1, 0, { signer: createSigner() });
    assert.equal((await ask(2, 1)).status, 200);
  });
});
