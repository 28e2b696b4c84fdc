/** Whether we serve LoadBalancer Services that have neither a class nor an annotation of ours: all of them, none, or those of which it says so. */
import type { Service } from './builtin-objects.js';

export type ServedUnasked = boolean | ((service: Service) => boolean);
