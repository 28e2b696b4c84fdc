import assert from 'node:assert/strict';
import { nicsOfRegex } from '../../../src/convert/nic-regex.js';

describe('regular expressions for NICs', () => {
  for (const [expression, nics] of [
    ['eth0', 'eth0'],
    ['^eth0$', 'eth0'],
    ['^eth0', 'eth0*'],
    ['^eth[0-9]+', 'eth*'],
    ['^enp\\d+s0$', 'enp*s0'],
    ['eth.*', 'eth*'],
    ['bond0\\.7', 'bond0.7'],
    ['(eth0|eth1)', 'eth0,eth1'],
    ['^eth0$|^eno.+$', 'eth0,eno*'],
  ] as const)
    it(`are ${nics} for ${expression}`, () => assert.equal(nicsOfRegex(expression), nics));

  for (const expression of ['', 'eth(0|[12]{2})', 'eth?', '[', 'a name', 'averyveryverylongname', '|'])
    it(`cannot be said for ${JSON.stringify(expression)}`, () => assert.equal(nicsOfRegex(expression), undefined));
});
