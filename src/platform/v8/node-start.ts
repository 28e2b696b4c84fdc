/**
 * Gives back what Node's own start of a thread has left, when imported, before there is code of ours in the way: a megabyte or two, in
 * which that code then has its place. Later would be too late, since the warm-up is there so that nothing must be compiled again.
 */
import { collectAll } from './collect-all.js';

collectAll();
