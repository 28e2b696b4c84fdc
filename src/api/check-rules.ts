/** What the schema of `vrrp.checks` cannot say. */
import { parseIp } from '../core/ip/address.js';
import type { Micros } from '../core/time.js';
import { parseDuration } from './duration.js';
import { hostProblem, httpUrlProblem } from './http-url.js';
import type { Problem } from './problem.js';

/** One entry of `vrrp.checks`. */
export interface CheckSettings {
  readonly name: string;
  readonly tcp?: string;
  readonly http?: string;
  readonly statuses?: readonly number[];
  readonly bearerTokenFile?: string;
  readonly grpc?: string;
  readonly service?: string;
  readonly tls?: { readonly caFile?: string; readonly serverName?: string; readonly insecureSkipVerify?: boolean };
  readonly command?: string;
  readonly args?: readonly string[];
  readonly file?: string;
  readonly multiplier?: number;
  readonly kubeProxy?: boolean;
  readonly interval?: string;
  readonly timeout?: string;
  readonly rise?: number;
  readonly fall?: number;
  readonly weight?: number;
}

/** A duration, as text for people as well. */
interface Limits {
  readonly from: Micros;
  readonly to: Micros;
  readonly text: string;
}

const limits: Readonly<Record<'interval' | 'timeout', Limits>> = {
  interval: { from: 100_000, to: 3_600_000_000, text: '100ms to 1h' },
  timeout: { from: 10_000, to: 60_000_000, text: '10ms to 1m' },
};

/** A file of the checks directory itself: no way leads out of it, and no hidden file is one. */
const programName = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
/** A file of it, or of a folder in it, such as a volume that is mounted there. */
const fileName = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;
const hostName = /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/;

/** The field that says what is asked, and how it is written. */
const targets = {
  tcp: 'tcp: host:port',
  http: 'http: URL',
  grpc: 'grpc: host:port',
  command: 'command: NAME',
  file: 'file: NAME',
  kubeProxy: 'kubeProxy: true',
} as const;
type Target = keyof typeof targets;

/** Fields that say more about some targets, and which. */
const additions: Readonly<Partial<Record<keyof CheckSettings, readonly Target[]>>> = {
  statuses: ['http'],
  bearerTokenFile: ['http'],
  service: ['grpc'],
  tls: ['http', 'grpc'],
  args: ['command'],
  multiplier: ['file'],
};

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
  const { tcp, http, grpc, command, file, bearerTokenFile, tls } = check;
  const problems: Problem[] = [];
  const say = (field: string, message: string | undefined) => {
    if (message !== undefined) problems.push({ path: `${path}.${field}`, message });
  };
  const given = (Object.keys(targets) as Target[]).filter((target) => (check[target] || undefined) !== undefined);
  if (given.length !== 1) {
    const message = `has ${given.length} targets: write exactly one of ${Object.values(targets).join(', ')}`;
    problems.push({ path, message });
  }
  for (const [field, text] of Object.entries({ tcp, grpc })) {
    if (text !== undefined) say(field, hostAndPortProblem(text));
  }
  const wrongUrl = http === undefined ? undefined : httpUrlProblem(http);
  if (wrongUrl !== undefined) say('http', `is "${http}": ${wrongUrl}`);
  if (command !== undefined) say('command', programNameProblem(command));
  for (const [field, name] of Object.entries({ file, bearerTokenFile, 'tls.caFile': tls?.caFile })) {
    if (name !== undefined && !fileName.test(name)) say(field, `is "${name}": ${fileNameAllowed}`);
  }
  for (const [field, of] of Object.entries(additions)) {
    if (check[field as keyof CheckSettings] === undefined || given.some((target) => of.includes(target))) continue;
    say(field, `is for a check by ${of.join(' or ')}: leave it out`);
  }
  problems.push(...tlsProblems(check, path));
  for (const field of ['interval', 'timeout'] as const) say(field, durationProblem(check[field], limits[field]));
  return problems;
}

/** A token that is sent to whoever answers would be given away. */
function tlsProblems({ http, tls, bearerTokenFile }: CheckSettings, path: string): readonly Problem[] {
  const plain = http?.startsWith('http://') === true;
  const problems: Problem[] = [];
  const say = (field: string, message: string) => problems.push({ path: `${path}.${field}`, message });
  if (bearerTokenFile !== undefined) {
    if (plain) say('bearerTokenFile', 'is set, but http:// would show the token to everybody: use https://');
    else if (tls === undefined || tls.insecureSkipVerify === true) {
      const message =
        'is set, but the certificate of whoever gets the token is not verified: set tls.caFile, and leave insecureSkipVerify out';
      say('bearerTokenFile', message);
    }
  }
  if (tls === undefined) return problems;
  if (plain) say('tls', 'is for https: leave it out, or write the URL with https://');
  if (tls.insecureSkipVerify === true && tls.caFile !== undefined) {
    say('tls.caFile', 'is set, but insecureSkipVerify is true: leave one of them out');
  }
  const { serverName } = tls;
  if (serverName !== undefined && (!hostName.test(serverName) || parseIp(serverName) !== undefined)) {
    say('tls.serverName', `is "${serverName}": it must be the name of a host; for an address leave it out`);
  }
  return problems;
}

const fileNameAllowed =
  'it must be the name of a file below the directory of --checks-dir: no leading slash or dot, no ..';

/** What is wrong with the name of a program; undefined when nothing is. */
export function programNameProblem(name: string): string | undefined {
  if (programName.test(name)) return undefined;
  return `is "${name}": it must be the name of a file in the directory of --checks-dir: no slash, no leading dot or dash`;
}

/** What is wrong with a duration. Texts that are no durations at all are the schema's to report. */
export function durationProblem(text: string | undefined, { from, to, text: allowed }: Limits): string | undefined {
  const micros = parseDuration(text ?? '');
  return micros !== undefined && (micros < from || micros > to) ? `is "${text}": it must be ${allowed}` : undefined;
}

/** What is wrong with a target of TCP or gRPC. What looks like an address must be one: no resolver knows it, and it is no URL to Node. */
function hostAndPortProblem(text: string): string | undefined {
  const target = parseTcpTarget(text);
  if (target === undefined) return `is "${text}": it must be host:port, IPv6 as [2001:db8::1]:80`;
  const wrongHost = hostProblem(text.slice(0, text.lastIndexOf(':')));
  return wrongHost === undefined ? undefined : `is "${text}": ${wrongHost}`;
}

/** The parts of `host:port`; undefined when it is none. */
export function parseTcpTarget(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain;
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}
