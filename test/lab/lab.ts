import { mkdirSync, symlinkSync } from 'node:fs';
import { closedAtTheEnd } from './closed-at-the-end.js';
import { run } from './command.js';
import { addHost, type Host, programsIn } from './host.js';
import { claimLab, removeLab, scratchFolder } from './leftovers.js';

export interface Lab {
  readonly name: string;
  /** Scratch folder for logs and state, removed with the lab. */
  readonly folder: string;
  /** The namespace of the bridge. */
  readonly bridge: string;
  /** Plugs a host into the bridge; its IPv4 address is 10.77.0.N and its IPv6 address fd77::N. */
  addHost(name: string, number: number): Promise<Host>;
  /** Ends every process in the lab and removes it. Also happens on exit, SIGINT, SIGTERM and SIGHUP. */
  close(): void;
}

/**
 * Opens a lab: a bridge without spanning tree or multicast snooping, in a namespace of its own, and no host yet.
 * @throws LabError when the name is taken by a living process, or something the lab needs is missing.
 */
export async function openLab(name: string): Promise<Lab> {
  claimLab(name);
  const close = closedAtTheEnd(() => removeLab(name));

  const bridge = `${name}-switch`;
  mkdirSync(programsIn(scratchFolder(name)), { recursive: true });
  symlinkSync(process.execPath, `${programsIn(scratchFolder(name))}/node`);
  await run('ip', ['netns', 'add', bridge]);
  await run('ip', ['-n', bridge, 'link', 'add', 'br0', 'type', 'bridge', 'stp_state', '0', 'mcast_snooping', '0']);
  await run('ip', ['-n', bridge, 'link', 'set', 'br0', 'up']);
  await run('ip', ['netns', 'exec', bridge, 'nft', '-f', '-'], { input: silentCuts });
  return {
    name,
    folder: scratchFolder(name),
    bridge,
    addHost: (host, number) => addHost({ lab: name, folder: scratchFolder(name), bridge, name: host, number }),
    close,
  };
}

/**
 * Opens a lab and puts into it what `furnish` makes. When that fails, the lab is removed: nobody else would, and its processes would keep
 * this one from ending.
 */
export async function furnishedLab<T>(name: string, furnish: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = await openLab(name);
  try {
    return await furnish(lab);
  } catch (error) {
    lab.close();
    throw error;
  }
}

/** Ports named in a set lose their frames in that direction, while both ends keep their carrier. */
const silentCuts = `
table bridge cables {
  set from_host { type ifname; }
  set to_host { type ifname; }
  chain forwarding {
    type filter hook forward priority 0;
    iifname @from_host drop
    oifname @to_host drop
  }
}
`;
