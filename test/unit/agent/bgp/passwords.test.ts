import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { passwordFrom } from '../../../../src/agent/bgp/passwords.js';
import type { SecretView } from '../../../../src/agent/sources/bgp-source.js';
import { peer } from './given.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const secretive = peer('tor', { conf: { passwordSecret: { name: 'bgp' } } });
const from = (view: SecretView, before?: Parameters<typeof passwordFrom>[3], of = secretive) =>
  passwordFrom(of, () => view, 'namespace openelb-system', before);

describe('the password of a session', () => {
  it('is none where none is asked for', () =>
    assert.deepEqual(from(undefined, undefined, peer('tor')), { wanted: false }));

  it('is that of the Secret, byte for byte', () => {
    const { key, problem } = from({ data: { password: base64('s3crét') } });
    assert.equal(problem, undefined);
    assert.equal(key!.export().toString(), 's3crét');
  });

  it('is that of the entry that is named', () => {
    const other = peer('tor', { conf: { passwordSecret: { name: 'bgp', key: 'tor' } } });
    assert.equal(
      from({ data: { tor: base64('x') } }, undefined, other)
        .key!.export()
        .toString(),
      'x',
    );
  });

  it('may stand in the BgpPeer, as in OpenELB', () => {
    assert.equal(
      from(undefined, undefined, peer('tor', { conf: { authPassword: 'x' } }))
        .key!.export()
        .toString(),
      'x',
    );
  });

  const wrong: readonly (readonly [what: string, view: SecretView, reason: string, message: RegExp])[] = [
    ['not there', 'absent', 'SecretMissing', /no Secret bgp in namespace openelb-system: make it.*entry password/],
    ['without that entry', { data: { pass: base64('hunter2') } }, 'SecretMissing', /no entry password, but pass/],
    ['with a line break', { data: { password: base64('hunter2\n') } }, 'SecretInvalid', /line break/],
    ['longer than TCP-MD5 takes', { data: { password: base64('hunter2'.repeat(12)) } }, 'SecretInvalid', /84 bytes/],
    ['empty', { data: { password: '' } }, 'SecretInvalid', /empty/],
    ['not to be read', { unreadable: 'secrets "bgp" is forbidden' }, 'SecretUnreadable', /forbidden/],
    ['not heard of yet', undefined, 'SecretUnknown', /has not been read yet/],
  ];
  for (const [what, view, reason, message] of wrong) {
    it(`is never left out: a Secret that is ${what} means no session`, () => {
      const { wanted, key, problem } = from(view);
      assert.deepEqual([wanted, key, problem!.reason], [true, undefined, reason]);
      assert.match(problem!.message, message);
      assert.match(problem!.message, /there is no session without it$/);
    });
    it(`goes on as it was when its Secret becomes one that is ${what}`, () => {
      const before = createSecretKey(Buffer.from('before'));
      const { key, problem } = from(view, before);
      assert.equal(key, before);
      assert.match(problem!.message, /the session goes on with the one it has$/);
    });
  }

  it('is in no message, error or JSON', () => {
    for (const view of [...wrong.map(([, each]) => each), { data: { password: base64('hunter2') } }])
      assert.doesNotMatch(JSON.stringify(from(view)), /hunter2|aHVudGVy/);
  });
});
