/** Opens a lab with one host and a process on it, prints `ready`, and waits to be ended. argument: the lab's name. */
import { openLab } from '../lab.js';

const lab = await openLab(process.argv[2] ?? '');
const host = await lab.addHost('n1', 11);
host.start('sleeper', 'sleep', ['3600']);
process.stdout.write('ready\n');
