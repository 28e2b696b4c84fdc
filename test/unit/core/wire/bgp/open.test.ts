import assert from 'node:assert/strict';
import { InvariantError } from '../../../../../src/core/assert.js';
import { type Capability, codeOf } from '../../../../../src/core/wire/bgp/capabilities.js';
import { decodeMessage } from '../../../../../src/core/wire/bgp/message.js';
import { asNumberOf, encodeOpen, type Open } from '../../../../../src/core/wire/bgp/open.js';
import { readVector, withField } from '../../../../vectors/vector.js';
import { context, message, read, refused } from './given.js';

const vector = readVector('bgp/open');
/** Version, AS 65000, hold time 9, identifier 10.0.0.1. */
const fixed = '04 fde8 0009 0a000001';

function openOf(bytes: Uint8Array): Open {
  const open = read(bytes);
  assert.equal(open.type, 'open');
  return open as Open;
}

describe('an OPEN', () => {
  it('may have no optional parameters: its AS is then that of the field', () => {
    const open = openOf(message(1, `${fixed} 00`));
    assert.deepEqual(open.capabilities, []);
    assert.equal(asNumberOf(open), 65000);
  });

  it('has the AS number of its capability, of which the last counts', () => {
    const as = (number: number): Capability => ({ type: 'four-octet-as', as: number });
    const open: Open = { type: 'open', as: 23456, holdTime: 9, identifier: 1, capabilities: [as(70_000), as(70_001)] };
    assert.equal(asNumberOf(openOf(encodeOpen(open))), 70_001);
  });

  it('gives the same capabilities from one parameter, from many and in the extended form', () => {
    const together = openOf(message(1, `${fixed} 0a 02 08 0104000100010200`));
    const apart = openOf(message(1, `${fixed} 0c 02 06 010400010001 02 02 0200`));
    const extended = openOf(message(1, `${fixed} ff ff 000b 02 0008 0104000100010200`));
    const shortExtended = openOf(message(1, `${fixed} 01 ff 000b 02 0008 0104000100010200`));
    assert.deepEqual(together.capabilities.map(codeOf), [1, 2]);
    assert.deepEqual(apart, together);
    assert.deepEqual(extended, together);
    assert.deepEqual(shortExtended, together);
  });

  it('of the extended form may have parameters longer than 255 octets', () => {
    const capability = `80fe${'00'.repeat(254)}`;
    const open = openOf(message(1, `${fixed} ff ff 0203 02 0200 ${capability}${capability}`));
    assert.equal(open.capabilities.length, 2);
  });

  for (const [what, hex, code] of [
    ['graceful restart of 1 octet', '4001 00', 64],
    ['graceful restart of 4 octets', '4004 00000000', 64],
    ['multiprotocol of 3 octets', '0103 000100', 1],
    ['four-octet AS of 2 octets', '4102 fde8', 65],
    ['extended next hop of 5 octets', '0505 0001000100', 5],
    ['route refresh with a value', '0201 00', 2],
    ['enhanced route refresh with a value', '4601 00', 70],
  ] as const) {
    it(`with a capability of impossible length has it as one that is unknown: ${what}`, () => {
      const length = hex.replaceAll(' ', '').length / 2;
      const two = (value: number) => value.toString(16).padStart(2, '0');
      const open = openOf(message(1, `${fixed} ${two(length + 2)} 02 ${two(length)} ${hex}`));
      assert.equal(open.capabilities[0]!.type, 'unknown');
      assert.equal(codeOf(open.capabilities[0]!), code);
    });
  }

  for (const holdTime of [0, 3, 65535]) {
    it(`may have a hold time of ${holdTime} s`, () => {
      const open = openOf(withField(vector, 'hold time', holdTime.toString(16).padStart(4, '0')));
      assert.equal(open.holdTime, holdTime);
    });
  }

  const wrong: readonly [string, string, Uint8Array][] = [
    ['version 3', 'version', withField(vector, 'version', '03')],
    ['version 5', 'version', withField(vector, 'version', '05')],
    ['AS 0', 'peer-as', withField(vector, 'AS', '0000')],
    ['a capability with AS 0', 'peer-as', withField(vector, 'capability four-octet AS', '410400000000')],
    ['a hold time of 1 s', 'hold-time', withField(vector, 'hold time', '0001')],
    ['a hold time of 2 s', 'hold-time', withField(vector, 'hold time', '0002')],
    ['identifier 0', 'identifier', withField(vector, 'identifier', '00000000')],
    ['a length of parameters one too short', 'open-malformed', withField(vector, 'parameters length', '2b')],
    ['a length of parameters one too long', 'open-malformed', withField(vector, 'parameters length', '2d')],
    ['a parameter that overruns', 'open-malformed', withField(vector, 'parameter', '022b')],
    ['a parameter without a length', 'open-malformed', message(1, `${fixed} 01 02`)],
    ['a capability that overruns', 'open-malformed', message(1, `${fixed} 04 02 02 0201`)],
    ['a capability without a length', 'open-malformed', message(1, `${fixed} 03 02 01 02`)],
    ['the deprecated parameter of authentication', 'optional-parameter', message(1, `${fixed} 03 01 01 00`)],
    ['an unknown parameter', 'optional-parameter', withField(vector, 'parameter', '03')],
    ['an extended length that is cut', 'open-malformed', message(1, `${fixed} ff ff 00`)],
    ['an extended length one too long', 'open-malformed', message(1, `${fixed} ff ff 0006 02 0002 0200`)],
    ['an extended parameter that is cut', 'open-malformed', message(1, `${fixed} ff ff 0002 02 00`)],
  ];
  for (const [what, reason, bytes] of wrong) {
    it(`with ${what} is refused: ${reason}`, () => assert.equal(refused(bytes), reason));
  }

  it('of another version is told ours', () => {
    assert.deepEqual(decodeMessage(withField(vector, 'version', '03'), context), {
      ok: false,
      error: { reason: 'version', data: Uint8Array.of(0, 4) },
    });
  });

  const open: Open = { type: 'open', as: 65000, holdTime: 9, identifier: 1, capabilities: [] };
  const ours: readonly [string, Open][] = [
    ['AS 70000', { ...open, as: 70_000 }],
    ['AS 0', { ...open, as: 0 }],
    ['hold time 2', { ...open, holdTime: 2 }],
    ['hold time 65536', { ...open, holdTime: 65_536 }],
    ['identifier 0', { ...open, identifier: 0 }],
    [
      'capabilities of 256 octets',
      { ...open, capabilities: [{ type: 'unknown', code: 73, value: new Uint8Array(254) }] },
    ],
    ['restart time 4096', { ...open, capabilities: [restart(4096)] }],
  ];
  for (const [rule, each] of ours) {
    it(`is not written with ${rule}: that would be our own fault`, () => {
      assert.throws(
        () => encodeOpen(each),
        (error) => error instanceof InvariantError && error.message.includes(rule),
      );
    });
  }
});

function restart(restartTime: number): Capability {
  return { type: 'graceful-restart', restarted: false, notification: false, restartTime, families: [] };
}
