/** Ignores stray signals, says so, and answers a line of input. */
import { createInterface } from 'node:readline';
import { ignoreStraySignals } from '../../../../../src/platform/linux/stray-signals.js';

ignoreStraySignals();
createInterface({ input: process.stdin }).on('line', (line) => console.log(line));
console.log('ready');
