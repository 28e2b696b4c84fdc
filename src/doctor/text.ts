/** Findings for people: pure. */
import { type Paint, plain, type Tone } from '../cli/paint.js';
import type { Finding, Severity } from './finding.js';

const order: readonly Severity[] = ['problem', 'warning', 'unknown', 'fine'];
const tones: Readonly<Record<Severity, Tone>> = { problem: 'bad', warning: 'warning', unknown: 'dim', fine: 'good' };

/** The worst first, each with its remedy below it; then how many of each there are. */
export function findingsText(findings: readonly Finding[], paint: Paint = plain): string {
  const lines = order.flatMap((severity) =>
    findings
      .filter((each) => each.severity === severity)
      .map(({ check, where, what, remedy }) => {
        const place = where === '' ? check : `${check}: ${where}`;
        const head = `${paint(severity.padEnd(8), tones[severity])} ${place}: ${what}\n`;
        return remedy === undefined ? head : `${head}         -> ${remedy}\n`;
      }),
  );
  const counted = order.map((severity) => {
    const count = findings.filter((each) => each.severity === severity).length;
    return `${count} ${count === 1 || severity === 'unknown' || severity === 'fine' ? severity : `${severity}s`}`;
  });
  return `${lines.join('')}${counted.join(', ')}\n`;
}
