/**
 * The text of a keepalived.conf as statements: words of a line, and the block that follows them.
 *
 * Source: keepalived.conf(5) of 2.2 and 2.3, "CONFIGURATION FILE FORMAT". What a file needs the machine or other files for is refused:
 * `include`, `@` lines that hold for one machine, `$` definitions and `~SEQ`.
 */

export interface Statement {
  /** The words, the keyword first; never empty. */
  readonly words: readonly string[];
  readonly block: readonly Statement[];
  /** 1 and up. */
  readonly line: number;
}

export type ReadConf =
  | { readonly ok: true; readonly statements: readonly Statement[] }
  | { readonly ok: false; readonly line: number; readonly reason: string };

/** More than this is no configuration that a person wrote. */
const bounds = { bytes: 1 << 20, depth: 8 };

const keywords =
  /^\s*(global_defs|vrrp_instance|vrrp_script|vrrp_sync_group|vrrp_track_file|virtual_server|static_\w+|bfd_instance|include\w*)\b/m;

/** Whether a text is a keepalived.conf, and no manifest. */
export function isKeepalivedConf(text: string): boolean {
  return keywords.test(text) && !/^\s*"?apiVersion"?:/m.test(text);
}

interface Token {
  /** A word, `{` or `}` outside of quotes, or the end of a line. */
  readonly text: string;
  readonly kind: 'word' | 'open' | 'close' | 'end';
  readonly line: number;
}

export function readConf(text: string): ReadConf {
  if (text.length > bounds.bytes) return { ok: false, line: 1, reason: 'has more than 1 MiB: convert a part of it' };
  const tokens: Token[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    const wrong = tokensOf(line, at + 1, tokens);
    if (wrong !== undefined) return { ok: false, line: at + 1, reason: wrong };
  }
  const statements: Statement[] = [];
  const open: { block: Statement[]; line: number }[] = [{ block: statements, line: 1 }];
  let words: Token[] = [];
  const finish = () => {
    if (words.length > 0)
      open.at(-1)!.block.push({ words: words.map((each) => each.text), block: [], line: words[0]!.line });
    words = [];
  };
  for (const { text: word, kind, line } of tokens) {
    if (kind === 'word') words.push({ text: word, kind, line });
    else if (kind === 'end') finish();
    else if (kind === 'open') {
      finish();
      // The brace may stand on a line of its own.
      const owner = open.at(-1)!.block.at(-1);
      if (owner === undefined) return { ok: false, line, reason: 'has a { that no keyword stands before' };
      if (open.length > bounds.depth)
        return { ok: false, line, reason: `has more than ${bounds.depth} blocks in each other` };
      open.push({ block: owner.block as Statement[], line });
    } else {
      finish();
      if (open.length === 1) return { ok: false, line, reason: 'has a } too many' };
      open.pop();
    }
  }
  finish();
  const unclosed = open.at(-1)!;
  if (open.length > 1) return { ok: false, line: unclosed.line, reason: 'has a { that nothing closes' };
  return { ok: true, statements };
}

/** Adds the tokens of a line. @returns why it cannot be read, if so */
function tokensOf(line: string, number: number, tokens: Token[]): string | undefined {
  const pattern = /\s+|([#!].*)|([{}])|"((?:[^"\\]|\\.)*)"|((?:[^\s{}"#!\\]|\\.|(?<=\S)!)+)|(.)/g;
  let isFirst = true;
  for (const [, comment, brace, quoted, plain, stray] of line.matchAll(pattern)) {
    if (comment !== undefined) break;
    if (stray !== undefined) return stray === '"' ? 'has a " that nothing closes' : `has a ${stray} that means nothing`;
    const word = quoted ?? plain;
    if (word === undefined && brace === undefined) continue;
    if (isFirst) {
      const wrong = machineBound(word ?? '');
      if (wrong !== undefined) return wrong;
    }
    isFirst = false;
    if (brace !== undefined) tokens.push({ text: brace, kind: brace === '{' ? 'open' : 'close', line: number });
    else {
      const text = quoted === undefined ? plain! : quoted.replace(/\\(["\\])/g, '$1');
      if (/\$(\w|\{|$)|~SEQ/.test(text)) return `has ${text}: write what it stands for`;
      tokens.push({ text, kind: 'word', line: number });
    }
  }
  tokens.push({ text: '', kind: 'end', line: number });
  return undefined;
}

function machineBound(word: string): string | undefined {
  if (/^include/.test(word)) return 'includes other files: put their text there';
  if (word.startsWith('@')) return `holds for some machines (${word}): write the file as each machine reads it`;
  if (word.startsWith('$')) return `defines ${word}: write what it stands for where it is used`;
  return undefined;
}

/** The words behind the last statement of that keyword; undefined when there is none. keepalived takes the last one, too. */
export function argumentsOf(block: readonly Statement[], keyword: string): readonly string[] | undefined {
  return block.findLast(({ words }) => words[0] === keyword)?.words.slice(1);
}

/** What stands in the blocks of that keyword, one after the other. */
export function entriesOf(block: readonly Statement[], keyword: string): readonly Statement[] {
  return block.flatMap((each) => (each.words[0] === keyword ? each.block : []));
}
