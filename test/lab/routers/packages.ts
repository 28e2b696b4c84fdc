import { existsSync } from 'node:fs';
import { execa } from 'execa';
import type { RouterKind } from './router.js';

const frr = '/usr/lib/frr/bgpd';
/** FRR's program of that name lies elsewhere. */
const openbgpd = '/usr/sbin/bgpd';

/** The Debian package of each, and how it says its version. */
const programs: Readonly<Record<RouterKind, { package: string; command: readonly [string, string]; version: RegExp }>> =
  {
    frr: { package: 'frr', command: [frr, '--version'], version: /version ([\d.]+)/ },
    bird: { package: 'bird2', command: ['/usr/sbin/bird', '--version'], version: /version ([\d.]+)/ },
    gobgp: { package: 'gobgpd', command: ['/usr/bin/gobgpd', '--version'], version: /version ([\d.]+)/ },
    openbgpd: { package: 'openbgpd', command: [openbgpd, '-V'], version: /OpenBGPD ([\d.]+)/ },
  };

/** Its version, such as `8.4.4`; undefined when it is not installed. */
export async function routerVersion(kind: RouterKind): Promise<string | undefined> {
  const { command, version } = programs[kind];
  if (!existsSync(command[0])) return undefined;
  const { stdout, stderr } = await execa(command[0], [command[1]], { reject: false });
  return version.exec(`${stdout}${stderr}`)?.[1];
}

/** Skips the suite, with the reason, on a machine without one of these routers. */
export async function requireRouters(context: Mocha.Context, ...kinds: readonly RouterKind[]): Promise<void> {
  for (const kind of kinds) {
    if ((await routerVersion(kind)) !== undefined) continue;
    console.log(`    skipped: ${kind} is not on this machine (Debian package ${programs[kind].package})`);
    context.skip();
  }
}
