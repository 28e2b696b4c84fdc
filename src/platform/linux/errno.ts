/**
 * Names for the kernel's error numbers, and the one error type of this folder.
 *
 * Owns: the way from `-errno` to something a person can act on. Refuses to know: which call is worth retrying.
 * Source: errno(3); the numbers come from the running platform (`os.constants.errno`).
 */
import { constants } from 'node:os';

const names: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name] as const),
);

/** What to do about the errors that an installation, not a program, causes. */
const remedies: Readonly<Record<string, string>> = {
  EPERM: 'run as root or grant the capabilities NET_ADMIN, NET_RAW and SYS_NICE',
  EACCES: 'run as root or grant the capabilities NET_ADMIN and NET_RAW',
  ENODEV: 'no such interface: see `ip link`',
  EAFNOSUPPORT: 'the kernel lacks this address family, or net.ipv6.conf.*.disable_ipv6 is set',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
  ENFILE: 'too many open files on this machine: raise the limit (sysctl fs.file-max)',
};

/** `ENODEV` for 19; `errno 4711` for a number this platform has no name for. Takes the number with either sign. */
export function errnoName(errno: number): string {
  const number = Math.abs(errno);
  return names.get(number) ?? `errno ${number}`;
}

/** The number of a name, positive: `errnoOf('ENODEV')` is 19. Throws for a name the platform does not know. */
export function errnoOf(name: keyof typeof constants.errno): number {
  const number = constants.errno[name];
  if (number === undefined) throw new Error(`no errno is called ${name} on this platform`);
  return number;
}

/**
 * The kernel refused something. `operation` is the call ("bind"), `object` what it was done to ("packet socket on
 * interface 3"), `code` the errno's name. The message names all three and a remedy where one is known.
 */
export class LinuxError extends Error {
  readonly code: string;
  readonly operation: string;
  readonly object: string;

  constructor(o: { errno: number; operation: string; object: string; detail?: string; cause?: unknown }) {
    const code = errnoName(o.errno);
    const detail = o.detail === undefined ? '' : `: ${o.detail}`;
    const remedy = remedies[code] === undefined ? '' : ` (${remedies[code]})`;
    super(`${o.operation} ${o.object}: ${code}${detail}${remedy}`, { cause: o.cause });
    this.name = 'LinuxError';
    this.code = code;
    this.operation = o.operation;
    this.object = o.object;
  }
}

/** Passes a result of `sys.ts` through, or throws the LinuxError that a negative one stands for. */
export function check(result: number, operation: string, object: string): number {
  if (result < 0) throw new LinuxError({ errno: -result, operation, object });
  return result;
}
