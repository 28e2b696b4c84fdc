import { type Cable, openCable } from './cable.js';
import { run } from './command.js';
import { type Process, startProcess } from './process.js';

export interface Host {
  readonly name: string;
  /** Its network namespace, for `ip netns exec`. */
  readonly namespace: string;
  /** Its addresses on eth0: `10.77.0.N`, `fd77::N`. */
  readonly address: string;
  readonly address6: string;
  readonly cable: Cable;
  /** Runs a command on the host to its end; what it wrote to stdout. */
  run(command: string, args?: readonly string[], o?: { input?: string }): Promise<string>;
  /** Starts a program on the host that goes on until it is stopped; its stderr goes to a file in the lab's folder. */
  start(title: string, command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Process;
  /** Every address on eth0, IPv4 and IPv6, without prefix lengths. */
  addresses(): Promise<readonly string[]>;
}

/** Where hosts look for programs first: `node` is there, the one that runs this, so that what names no other is run by it, too. */
export function programsIn(folder: string): string {
  return `${folder}/bin`;
}

export async function addHost(o: {
  lab: string;
  folder: string;
  bridge: string;
  name: string;
  number: number;
}): Promise<Host> {
  const namespace = `${o.lab}-${o.name}`;
  const address = `10.77.0.${o.number}`;
  const address6 = `fd77::${o.number.toString(16)}`;
  const inside = (...args: string[]) => run('ip', ['-n', namespace, ...args]);

  await run('ip', ['netns', 'add', namespace]);
  // Duplicate address detection would keep the host's own IPv6 addresses tentative for two seconds.
  await run('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0']);
  await inside('link', 'set', 'lo', 'up');
  await run('ip', ['-n', o.bridge, 'link', 'add', o.name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace]);
  await run('ip', ['-n', o.bridge, 'link', 'set', o.name, 'master', 'br0', 'up']);
  await inside('address', 'add', `${address}/24`, 'brd', '+', 'dev', 'eth0');
  await inside('address', 'add', `${address6}/64`, 'dev', 'eth0', 'nodad');
  await inside('link', 'set', 'eth0', 'up');

  return {
    name: o.name,
    namespace,
    address,
    address6,
    cable: openCable(o.bridge, o.name),
    run: (command, args = [], options) => run('ip', ['netns', 'exec', namespace, command, ...args], options),
    start: (title, command, args, env) =>
      startProcess({
        title: `${o.name}: ${title}`,
        log: `${o.folder}/${o.name}-${title}.log`,
        command: 'ip',
        args: ['netns', 'exec', namespace, command, ...args],
        env: { PATH: `${programsIn(o.folder)}:${process.env.PATH}`, ...env },
      }),
    addresses: async () => {
      const links = JSON.parse(await inside('-j', 'address', 'show', 'dev', 'eth0')) as readonly AddressesOfLink[];
      return links.flatMap((link) => (link.addr_info ?? []).flatMap((info) => info.local ?? []));
    },
  };
}

interface AddressesOfLink {
  readonly addr_info?: readonly { readonly local?: string }[];
}
