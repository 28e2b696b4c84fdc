/** Programs as a container runtime runs them: with the capabilities, the system calls and the mounts that a manifest gives them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';

/** A command line and its environment, and what is to be run instead. */
export type Around = (command: readonly string[], env: NodeJS.ProcessEnv) => readonly string[];

export interface Confinement {
  /** A scratch folder of the lab, for bundles and runc's state. */
  readonly folder: string;
  readonly user: number;
  /** Without CAP_, such as `NET_ADMIN`. */
  readonly capabilities: readonly string[];
  /** The file of a seccomp profile; without one all system calls are allowed. */
  readonly seccomp?: string;
}

/** The profile that is shipped for a program. */
export const profileOf = (program: 'agent' | 'controller') =>
  join(projectRoot(), 'deploy', 'seccomp', `openelb-vip-${program}.json`);

export function readProfile(path: string): Profile {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The system calls that a profile decides on by name, whichever way. */
export function namedIn({ syscalls }: Profile, action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO'): ReadonlySet<string> {
  return new Set(syscalls.filter((rule) => rule.action === action).flatMap(({ names }) => names));
}

/** A profile, in the words of the OCI's runtime specification. */
export interface Profile {
  readonly defaultAction: string;
  readonly syscalls: readonly {
    /** What it is for; runtimes do not read it. */
    readonly comment?: string;
    readonly names: readonly string[];
    readonly action: string;
    readonly args?: readonly { readonly index: number; readonly value: number; readonly op: string }[];
  }[];
}

let made = 0;

/**
 * By runc, on a read-only root with this machine's programs: in the network of whoever calls it, all else its own. /proc/sys cannot be written
 * to, as in any container that is not privileged.
 */
export const confined =
  ({ folder, user, capabilities, seccomp }: Confinement): Around =>
  (command, env) => {
    made += 1;
    const id = `openelb-vip-${process.pid}-${made}`;
    const bundle = join(folder, id);
    mkdirSync(join(bundle, 'rootfs'), { recursive: true });
    const all = capabilities.map((name) => `CAP_${name}`);
    const config = {
      ociVersion: '1.0.2',
      process: {
        user: { uid: user, gid: user },
        args: command,
        env: Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
        cwd: '/',
        capabilities: { bounding: all, permitted: all, effective: user === 0 ? all : [] },
        noNewPrivileges: true,
      },
      root: { path: 'rootfs', readonly: true },
      mounts: [
        { destination: '/proc', type: 'proc', source: 'proc' },
        { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
        { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
        ...['/usr', '/lib', '/lib64', '/bin', '/sbin', '/etc', '/run', projectRoot()].map((path) => bind(path, 'ro')),
        { ...bind('/run', 'ro'), destination: '/var/run' }, // where Pods look for their token
        // What a program keeps, and where it has its files from, lies in the lab's folder.
        bind(folder, 'rw'),
      ],
      linux: {
        namespaces: ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
        readonlyPaths: ['/proc/sys', '/proc/sysrq-trigger', '/proc/irq', '/proc/bus'],
        ...(seccomp === undefined ? {} : { seccomp: readProfile(seccomp) }),
      },
    };
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
    const run = ['runc', '--root', join(folder, 'runc'), 'run', '--no-new-keyring', '--bundle', bundle, id];
    return ['sh', '-c', `${controlGroups} && exec "$@"`, 'sh', ...run];
  };

/** runc wants control groups, of either version, which `ip netns exec` hides: it gives each program a /sys of its own. */
const controlGroups = `
if grep -q '^0::' /proc/self/cgroup && [ $(wc -l </proc/self/cgroup) = 1 ]; then mount -t cgroup2 none /sys/fs/cgroup
else
  mount -t tmpfs none /sys/fs/cgroup
  for names in $(cut -d: -f2 /proc/self/cgroup); do
    mkdir "/sys/fs/cgroup/$names" && mount -t cgroup -o "$names" none "/sys/fs/cgroup/$names"
  done
fi`;

const bind = (path: string, mode: 'ro' | 'rw') => ({
  destination: path,
  type: 'bind',
  source: path,
  options: ['rbind', mode],
});

/** Notes each system call of the program and of what it starts in a file; signals reach the program itself. */
export const traced =
  (file: string): Around =>
  (command) => ['strace', '-D', '-f', '-qq', '-e', 'signal=none', '-s', '0', '-A', '-o', file, ...command];

/** The names of the calls that were noted. */
export function callsIn(file: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^\d+ +([a-z]\w*)\(/gm)) names.add(name);
  return names;
}
