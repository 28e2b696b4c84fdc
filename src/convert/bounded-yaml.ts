/** YAML out of an object that anybody may write, and that is read by a program that has to go on. */
import { Lexer, Parser, parse } from 'yaml';

/** In characters. A megabyte can be made to take minutes; configurations of hundreds of pools are shorter. */
const longest = 65_536;

/** Deeper ones can end the process: what composes them calls itself for each level. In levels of the syntax, of which a map has two. */
const deepest = 64;

/**
 * @returns a tree, as JSON has it
 * @throws Error with what is wrong, in one line
 */
export function parseBounded(text: string): unknown {
  if (text.length > longest) throw new Error(`has ${text.length} characters: at most ${longest} are read`);
  if (isTooDeep(text)) throw new Error('is nested too deeply to be read');
  try {
    // What refers to itself is no tree.
    return JSON.parse(JSON.stringify(parse(text, { logLevel: 'error' })) ?? 'null');
  } catch (error) {
    throw new Error(`is not YAML: ${(error as Error).message.split('\n', 1)[0]}`, { cause: error });
  }
}

/** Found without a call for each level. */
function isTooDeep(text: string): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > deepest) return true;
  }
  return false;
}
