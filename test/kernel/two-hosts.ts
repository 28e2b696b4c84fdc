import { execFileSync } from 'node:child_process';
import type { Context } from 'mocha';
import { inNetworkNamespace } from '../../src/platform/linux/namespace.js';
import { closedAtTheEnd } from '../lab/closed-at-the-end.js';

/** Skips the suite, and says why, where network namespaces cannot be made. */
export function requireRoot(context: Context): void {
  if (process.getuid?.() === 0) return;
  console.log('      skipped: needs root to make network namespaces');
  context.skip();
}

/** Runs `ip` and returns what it printed. */
export function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Skips a test, and says why, where the kernel has no links of this kind (`vlan`, `bond`, …): it was built without them. */
export function requireLinkKind(context: Context, hosts: TwoHosts, kind: string): void {
  try {
    const onTop = kind === 'vlan' ? ['link', 'va'] : [];
    hosts.onA('link', 'add', ...onTop, 'name', 'probe', 'type', kind, ...(kind === 'vlan' ? ['id', '4000'] : []));
    hosts.onA('link', 'del', 'probe');
  } catch (error) {
    console.log(`      skipped: this kernel has no ${kind} links: ${(error as Error).message.split('\n')[1]}`);
    context.skip();
  }
}

/** Two hosts with a cable between them: namespace `a` has the interface `va`, namespace `b` has `vb`. */
export interface TwoHosts {
  readonly a: string;
  readonly b: string;
  /** `ip` on host a; on host b. */
  onA(...args: string[]): string;
  onB(...args: string[]): string;
  /** Runs a program on host b and returns what it printed. */
  execOnB(command: string, ...args: string[]): string;
  /** Runs synchronous code on a host; sockets it opens stay there. */
  inA<T>(action: () => T): T;
  inB<T>(action: () => T): T;
  close(): void;
}

/** Makes both hosts, their ends of the cable up. `title` keeps the suites' namespaces apart. Killed runs leave nothing, unless by SIGKILL. */
export function openTwoHosts(title: string): TwoHosts {
  const a = `linux-${title}-${process.pid}a`;
  const b = `linux-${title}-${process.pid}b`;
  const close = closedAtTheEnd(() => {
    for (const name of [a, b]) ip('netns', 'del', name);
  });
  for (const name of [a, b]) {
    ip('netns', 'add', name);
    execFileSync('ip', ['netns', 'exec', name, 'sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0']);
  }
  ip('-n', a, 'link', 'add', 'va', 'type', 'veth', 'peer', 'name', 'vb', 'netns', b);
  ip('-n', a, 'link', 'set', 'va', 'up');
  ip('-n', b, 'link', 'set', 'vb', 'up');
  return {
    a,
    b,
    onA: (...args) => ip('-n', a, ...args),
    onB: (...args) => ip('-n', b, ...args),
    execOnB: (command, ...args) => execFileSync('ip', ['netns', 'exec', b, command, ...args], { encoding: 'utf8' }),
    inA: (action) => inNetworkNamespace(a, action),
    inB: (action) => inNetworkNamespace(b, action),
    close,
  };
}
