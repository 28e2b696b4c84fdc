/** What the schema of `vrrp.checks` cannot say. */
import type { Micros } from '../core/time.js';
import { parseDuration } from './duration.js';
import { httpUrlProblem } from './http-url.js';
import type { Problem } from './problem.js';

/** One entry of `vrrp.checks`. */
export interface CheckSettings {
  readonly name: string;
  readonly tcp?: string;
  readonly http?: string;
  readonly command?: string;
  readonly args?: readonly string[];
  readonly kubeProxy?: boolean;
  readonly interval?: string;
  readonly timeout?: string;
  readonly rise?: number;
  readonly fall?: number;
  readonly weight?: number;
}

const limits: Readonly<Record<'interval' | 'timeout', { from: Micros; to: Micros; text: string }>> = {
  interval: { from: 100_000, to: 3_600_000_000, text: '100ms to 1h' },
  timeout: { from: 10_000, to: 60_000_000, text: '10ms to 1m' },
};

/** A file of the checks directory itself: no way leads out of it, and no hidden file is one. */
const programName = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** Problems of the list at `path`. */
export function checkProblems(checks: readonly CheckSettings[], path: string): readonly Problem[] {
  return checks.flatMap((check, index) => {
    const earlier = checks.findIndex(({ name }) => name === check.name);
    const twice = `is "${check.name}", as in ${path}[${earlier}]: give each check a name of its own`;
    const at = `${path}[${index}]`;
    return [...(earlier < index ? [{ path: `${at}.name`, message: twice }] : []), ...problemsOf(check, at)];
  });
}

function problemsOf(check: CheckSettings, path: string): readonly Problem[] {
  const { tcp, http, command, kubeProxy, args } = check;
  const problems: Problem[] = [];
  const say = (field: string, message: string) => problems.push({ path: `${path}.${field}`, message });
  const targets = [tcp, http, command, kubeProxy || undefined].filter((each) => each !== undefined).length;
  if (targets !== 1) {
    const message = `has ${targets} targets: write exactly one of tcp: host:port, http: URL, command: NAME, kubeProxy: true`;
    problems.push({ path, message });
  }
  if (tcp !== undefined && parseTcpTarget(tcp) === undefined) {
    say('tcp', `is "${tcp}": it must be host:port, IPv6 as [2001:db8::1]:80`);
  }
  const wrongUrl = http === undefined ? undefined : httpUrlProblem(http);
  if (wrongUrl !== undefined) say('http', `is "${http}": ${wrongUrl}`);
  if (command !== undefined && !programName.test(command)) {
    const message = 'it must be the name of a file in the directory of --checks-dir: no slash, no leading dot or dash';
    say('command', `is "${command}": ${message}`);
  }
  if (args !== undefined && command === undefined) say('args', 'is for a command: leave it out');
  for (const field of ['interval', 'timeout'] as const) {
    const micros = parseDuration(check[field] ?? '');
    const { from, to, text } = limits[field];
    if (micros !== undefined && (micros < from || micros > to)) {
      say(field, `is "${check[field]}": it must be ${text}`);
    }
  }
  return problems;
}

/** The parts of `host:port`; undefined when it is none. */
export function parseTcpTarget(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain;
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}
