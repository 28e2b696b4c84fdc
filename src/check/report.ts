/** What `openelb-vip check` prints. */
import { cut } from '../api/shown.js';
import type { Checked } from './check.js';

/** `file:line: error: Eip lan: spec.address: …`, as compilers do: editors find the place. One line each, whatever the files hold. */
export function reportText({ findings, unreadable }: Checked): string {
  const faults = unreadable.map(({ file, line, message }) => `${file}:${line}: cannot be read: ${message}`);
  const lines = findings.map(({ file, line, severity, object, path, message }) => {
    const about = [object, path].filter((each) => each !== '').join(': ');
    return `${file}:${line}: ${severity}: ${about === '' ? '' : `${about}: `}${message}`;
  });
  return [...faults, ...lines].map((line) => `${oneLine(line)}\n`).join('');
}

export function reportJson({ findings, unreadable, objects, others }: Checked): string {
  return `${JSON.stringify({ findings, unreadable, objects, others }, null, 2)}\n`;
}

/** `4 objects in 2 files: 1 error, 2 warnings`. */
export function summary({ findings, objects, others }: Checked, files: number): string {
  const of = (severity: string) => findings.filter((each) => each.severity === severity).length;
  const skipped = others === 0 ? '' : `, ${others} of other kinds`;
  const what = `${counted(objects, 'object')} in ${counted(files, 'file')}${skipped}`;
  return `${what}: ${counted(of('error'), 'error')}, ${counted(of('warning'), 'warning')}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

const longestLine = 2_048;

/** Names and values come from files: a terminal is not to take any for its own commands. */
function oneLine(text: string): string {
  const plain = text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (each) => `\\u${each.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
  return cut(plain, longestLine);
}
