import type { Random } from '../random.js';
import { type Form, withoutParts } from './form.js';

/** What breaks readers of text: empty, huge and odd numbers, names that every object of JavaScript has, other alphabets, half a pair. */
const interesting = [
  '',
  ' ',
  '\n',
  '\t',
  '\r\n',
  '\u0000',
  '\ufeff',
  '\ud800',
  '💥',
  'é',
  '0',
  '-1',
  '1.5',
  '1e308',
  '9007199254740993',
  '4294967296',
  '0x10',
  'null',
  'true',
  '~',
  '__proto__',
  'constructor',
  'toString',
  '[]',
  '{}',
  '""',
  '---\n',
  '&a ',
  '*a',
  '<<: *a',
  '!!binary ',
  '|',
  '>-',
  '#',
  ': ',
  '- ',
  ',',
  '/',
  '::',
  '%',
  '192.0.2.1',
  '2001:db8::1',
  '::ffff:192.0.2.1',
  '010.0.0.1',
];

type Mutation = (text: string, other: string, random: Random, words: readonly string[]) => string;

const mutations: readonly Mutation[] = [
  function replaceOne(text, _other, random) {
    const at = random(text.length + 1);
    return text.slice(0, at) + String.fromCharCode(32 + random(95)) + text.slice(at + 1);
  },
  function remove(text, _other, random) {
    const at = random(text.length + 1);
    return text.slice(0, at) + text.slice(at + 1 + random(random(2) === 0 ? 4 : 40));
  },
  function insert(text, _other, random, words) {
    const at = random(text.length + 1);
    return text.slice(0, at) + words[random(words.length)]! + text.slice(at);
  },
  function replaceWord(text, _other, random, words) {
    const [at, end] = wordIn(text, random);
    return text.slice(0, at) + words[random(words.length)]! + text.slice(end);
  },
  function repeat(text, _other, random) {
    const at = random(text.length + 1);
    const part = text.slice(at, at + 1 + random(32));
    return text.slice(0, at) + part.repeat(1 + random(random(8) === 0 ? 64 : 3)) + text.slice(at);
  },
  function lineOfOther(text, other, random) {
    const lines = text.split('\n');
    const others = other.split('\n');
    lines.splice(random(lines.length + 1), random(2), others[random(others.length)]!);
    return lines.join('\n');
  },
  function removeLines(text, _other, random) {
    const lines = text.split('\n');
    lines.splice(random(lines.length), 1 + random(3));
    return lines.join('\n');
  },
  function indent(text, _other, random) {
    const lines = text.split('\n');
    const at = random(lines.length);
    lines[at] = random(2) === 0 ? `  ${lines[at]}` : lines[at]!.replace(/^ {1,2}/, '');
    return lines.join('\n');
  },
  function number(text, _other, random) {
    const found = [...text.matchAll(/\d+/g)];
    const chosen = found[random(found.length)];
    if (chosen === undefined) return text;
    const value = [Number(chosen[0]) + 1, Number(chosen[0]) - 1, random(256), 2 ** random(65), -random(9)][random(5)]!;
    return `${text.slice(0, chosen.index)}${value}${text.slice(chosen.index + chosen[0].length)}`;
  },
  function splice(text, other, random) {
    return text.slice(0, random(text.length + 1)) + other.slice(random(other.length + 1));
  },
];

/** Texts of at most `longest` characters. @param words that mean something to who reads them */
export function textForm(o: { readonly words?: readonly string[]; readonly longest?: number } = {}): Form<string> {
  const { words = [], longest = 8192 } = o;
  const all = [...words, ...words, ...interesting];
  return {
    mutate(text, other, random) {
      let changed = text;
      for (let changes = 1 + random(4); changes > 0; changes--)
        changed = mutations[random(mutations.length)]!(changed, other, random, all);
      return changed.slice(0, longest);
    },
    smaller: (text) => withoutParts(text.length, (from, to) => text.slice(0, from) + text.slice(to)),
    write: (text) => JSON.stringify(text),
    read(line) {
      const text: unknown = JSON.parse(line);
      if (typeof text !== 'string') throw new Error('it is no text');
      return text;
    },
  };
}

/** Where a word of letters, digits and what joins them begins and ends. */
function wordIn(text: string, random: Random): readonly [from: number, to: number] {
  const at = random(text.length + 1);
  const isPart = (i: number) => /[\w./:-]/.test(text[i] ?? ' ');
  let [from, to] = [at, at];
  while (from > 0 && isPart(from - 1)) from--;
  while (to < text.length && isPart(to)) to++;
  return [from, to];
}
