import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import type { AdvertKey, GroupConfig } from '../../../../src/agent/engine/messages.js';
import { type AuthenticationSettings, keyed } from '../../../../src/agent/keys/keyed.js';
import { groupOf } from '../engine/lan.js';

const config = groupOf([1, 2], 1);
const keyOf = (id: number): AdvertKey => ({ id, key: createSecretKey(Buffer.alloc(32, id)) });
const [first, second] = [keyOf(1), keyOf(2)];
const ringOf = (keys: readonly AdvertKey[], problems: readonly string[] = []) => ({ keys, problems });
const settings = (mode: AuthenticationSettings['mode'], keyId = 1): AuthenticationSettings => ({
  keys: 'lan',
  keyId,
  mode,
});
const seen = ({ authentication, unfit }: GroupConfig) => ({
  signing: authentication?.signing?.id,
  accepted: authentication?.accepted.map(({ id }) => id),
  reason: authentication?.problem?.reason,
  unfit: unfit !== undefined,
});

describe('a node with its keys', () => {
  it('is as without when the group asks for none', () => {
    assert.equal(keyed(config, undefined, ringOf([first]), undefined), config);
  });

  it('signs with the key that is named, and accepts all of that name', () => {
    for (const keyId of [1, 2])
      assert.deepEqual(seen(keyed(config, settings('enforce', keyId), ringOf([first, second]), undefined)), {
        signing: keyId,
        accepted: [1, 2],
        reason: undefined,
        unfit: false,
      });
  });

  it('signs nothing in mode receive-only', () => {
    const { signing, accepted } = seen(keyed(config, settings('receive-only'), ringOf([first]), undefined));
    assert.deepEqual([signing, accepted], [undefined, [1]]);
  });

  it('takes no part in a group that enforces signatures while it has no key, and says what would help', () => {
    for (const [ring, reason, text] of [
      [
        undefined,
        'NoKeysDirectory',
        /^vrrp\.authentication needs key lan\.1, and the agent was started without --keys-dir; .* no part/,
      ],
      [ringOf([]), 'KeyMissing', /needs key lan\.1, which is not there: put it into the Secret .*no part/],
      [ringOf([], ['lan.1 holds 4 bytes']), 'KeyRefused', /lan\.1 holds 4 bytes; .*no part/],
    ] as const) {
      const got = keyed(config, settings('enforce'), ring, undefined);
      assert.deepEqual(seen(got), { signing: undefined, accepted: [], reason, unfit: true });
      const [unfit] = got.unfit!;
      assert.equal(unfit!.type, reason);
      assert.match(unfit!.message, text);
      assert.equal(unfit!.message, got.authentication?.problem?.message);
    }
  });

  it('takes part without a key before that, unsigned, and says so', () => {
    for (const mode of ['receive-only', 'permissive'] as const) {
      const got = keyed(config, settings(mode), ringOf([]), undefined);
      assert.deepEqual(seen(got), { signing: undefined, accepted: [], reason: 'KeyMissing', unfit: false });
    }
  });

  it('signs with what it has while it lacks the key that is named: it is behind, and the others have both', () => {
    const got = keyed(config, settings('enforce', 2), ringOf([first]), first);
    assert.deepEqual(seen(got), { signing: 1, accepted: [1], reason: 'KeyMissing', unfit: false });
    assert.match(got.authentication!.problem!.message, /lan\.2.* this node signs with lan\.1 meanwhile$/);
  });

  it('goes on with a key that is taken from under it, and accepts it', () => {
    for (const ring of [ringOf([]), undefined]) {
      const got = keyed(config, settings('enforce', 2), ring, second);
      assert.deepEqual(seen(got).signing, 2);
      assert.equal(got.unfit, undefined);
      assert.match(got.authentication!.problem!.message, /remembers of it, until it is restarted$/);
    }
  });

  it('forgets a former key as soon as its file goes and another signs', () => {
    assert.deepEqual(seen(keyed(config, settings('enforce', 2), ringOf([second]), first)).accepted, [2]);
  });

  it('is unfit for the reason that its checks give as well', () => {
    const unfit = { ...config, unfit: [{ type: 'CheckFailed' as const, message: 'a check' }] };
    const reasons = keyed(unfit, settings('enforce'), undefined, undefined).unfit!.map(({ type }) => type);
    assert.deepEqual(reasons, ['CheckFailed', 'NoKeysDirectory']);
  });

  it('has a time window of three intervals and at least 5 s, or the one that is set', () => {
    const window = (o: Partial<GroupConfig>, timeWindow?: string) =>
      keyed(
        { ...config, ...o },
        { ...settings('enforce'), ...(timeWindow && { timeWindow }) },
        ringOf([first]),
        undefined,
      ).authentication?.window;
    assert.equal(window({}), 5);
    assert.equal(window({ advertisementInterval: 2_500_000 }), 8);
    assert.equal(window({}, '1m30s'), 90);
  });
});
