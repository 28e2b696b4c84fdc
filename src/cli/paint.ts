/** Colours for a terminal: what is well, what is not, and what matters less. Pure. */

export type Tone = 'good' | 'warning' | 'bad' | 'dim' | 'head';

/** A text, and what it means for whoever reads it; a text alone means nothing particular. */
export type Painted = string | { readonly text: string; readonly tone: Tone };

export type Paint = (text: string, tone: Tone) => string;

/** SGR parameters of ECMA-48 8.3.117, in colours that are to be read on a dark and on a light ground. */
const codes: Readonly<Record<Tone, number>> = { good: 32, warning: 33, bad: 31, dim: 2, head: 1 };

export const plain: Paint = (text) => text;

const coloured: Paint = (text, tone) => (text === '' ? '' : `\u001b[${codes[tone]}m${text}\u001b[0m`);

/** Colours for a terminal alone; none where NO_COLOR (no-color.org) says anything, or the terminal is a dumb one. */
export function paintFor(out: { readonly isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>): Paint {
  return out.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb' ? coloured : plain;
}

export function textOf(cell: Painted): string {
  return typeof cell === 'string' ? cell : cell.text;
}
