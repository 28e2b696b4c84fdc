import type { Host } from '../host.js';
import { startBird } from './bird.js';
import { startFrr } from './frr.js';
import { startGobgp } from './gobgp.js';
import { startOpenbgpd } from './openbgpd.js';
import type { Router, RouterKind } from './router.js';
import type { RouterSettings } from './settings.js';

const starters = { frr: startFrr, bird: startBird, gobgp: startGobgp, openbgpd: startOpenbgpd };

/**
 * Starts a router on a host of a lab; it ends with the lab.
 * @param labFolder `Lab.folder`: its files are below
 * @throws Error with what the program said when it does not start, or cannot what the settings ask of it
 */
export function startRouter(
  kind: RouterKind,
  labFolder: string,
  host: Host,
  settings: RouterSettings,
): Promise<Router> {
  return starters[kind](labFolder, host, settings);
}
