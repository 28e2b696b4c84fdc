import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeUtf8, shownUtf8 } from '../../../../src/core/wire/utf8.js';

describe('UTF-8', () => {
  it('is written as Node writes it, lone surrogates included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.deepEqual(encodeUtf8(text), [...Buffer.from(text)]);
      }),
    );
    assert.deepEqual(encodeUtf8('\ud800'), [0xef, 0xbf, 0xbd]);
  });

  it('is shown as the text it is', () => {
    const text = 'Wartung – 維護 🛠';
    assert.equal(shownUtf8(Uint8Array.from(encodeUtf8(text))), text);
  });

  it('is never shown with a control character, and any octets are shown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
        assert.doesNotMatch(shownUtf8(octets), /\p{Cc}/u);
      }),
      { numRuns: 2000 },
    );
  });

  it('is shown in octets wherever Node would not read it', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 4 }).map((text) => Uint8Array.from(Buffer.from(text))),
      fc
        .constantFrom([0xc0, 0x80], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80])
        .map((each) => Uint8Array.from(each)),
    );
    fc.assert(
      fc.property(octets, (each) => {
        let text: string | undefined;
        try {
          text = strict.decode(each);
        } catch {
          text = undefined;
        }
        const shown = shownUtf8(each);
        if (text === undefined) assert.match(shown, /\\x[0-9a-f]{2}/);
        else if (!/[\p{Cc}\\]/u.test(text)) assert.equal(shown, text);
      }),
      { numRuns: 5000 },
    );
  });

  it('is shown so that an escape cannot be forged', () => {
    assert.equal(shownUtf8(Uint8Array.from(encodeUtf8('\\x41'))), '\\\\x41');
  });
});
