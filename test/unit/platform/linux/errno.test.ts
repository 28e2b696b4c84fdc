import assert from 'node:assert/strict';
import { check, errnoName, errnoOf, LinuxError } from '../../../../src/platform/linux/errno.js';

describe('LinuxError', () => {
  it('names the call, the thing, the error and the remedy', () => {
    assert.throws(() => check(-1, 'open', 'packet socket on interface 3'), {
      name: 'LinuxError',
      code: 'EPERM',
      operation: 'open',
      object: 'packet socket on interface 3',
      message: /^open packet socket on interface 3: EPERM \(run as root or grant the capabilities /,
    });
  });

  it("carries the kernel's own words and the cause", () => {
    const cause = new Error('why');
    const error = new LinuxError({ errno: 19, operation: 'list', object: 'links', detail: 'no such device', cause });
    assert.match(error.message, /^list links: ENODEV: no such device \(no such interface/);
    assert.equal(error.cause, cause);
  });

  it('lets results that are no error through', () => {
    assert.equal(check(0, 'open', 'it'), 0);
    assert.equal(check(7, 'open', 'it'), 7);
  });
});

describe('errno', () => {
  it('is named with either sign, and by number where it has no name', () => {
    assert.equal(errnoName(19), 'ENODEV');
    assert.equal(errnoName(-19), 'ENODEV');
    assert.equal(errnoName(4711), 'errno 4711');
  });

  it('is found by name', () => {
    assert.equal(errnoOf('EADDRNOTAVAIL'), 99);
    assert.equal(errnoOf('EAGAIN'), 11, 'not EWOULDBLOCK, which is the same number');
  });
});
