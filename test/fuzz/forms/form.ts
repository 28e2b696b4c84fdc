import type { Random } from '../random.js';

/** What inputs of a target are made of: how they are changed, made smaller and written down. */
export interface Form<Input> {
  /** Makes an input from another, and from parts of a second one. */
  mutate(input: Input, other: Input, random: Random): Input;
  /** Inputs with less in them, the smallest first. */
  smaller(input: Input): Iterable<Input>;
  /** One line, without blanks at its ends. */
  write(input: Input): string;
  /** What `write` wrote. Throws for what is none. */
  read(line: string): Input;
}

/** Sequences with a part left out: halves first, then ever smaller parts, at most some hundred. */
export function* withoutParts<T>(length: number, without: (from: number, to: number) => T): Iterable<T> {
  if (length === 0) return;
  for (let size = Math.ceil(length / 2); ; size = size >> 1) {
    for (let from = 0; from < length; from += size) yield without(from, Math.min(length, from + size));
    if (size === 1 || length / size > 128) return;
  }
}
