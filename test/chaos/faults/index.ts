/** All that befalls a cluster, each as likely as any other. */
import { ofClocks } from './clocks.js';
import type { Fault } from './fault.js';
import { ofTheNetwork } from './network.js';
import { ofObjects } from './objects.js';
import { ofPrograms } from './programs.js';

export const faults: readonly Fault[] = [...ofPrograms, ...ofTheNetwork, ...ofObjects, ...ofClocks];
