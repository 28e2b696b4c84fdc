/**
 * Whether a text of JSON is cheap to parse, looked up without parsing it: how deep it nests and of how many parts it is. Three MiB of
 * brackets cost the parser half a second. What is no JSON the parser says.
 */

/** The review of an Eip with 8000 addresses in use, as many as its status lists, has 40 000. */
const mostParts = 60_000;
const deepest = 64;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const [openBracket, closeBracket] = [0x5b, 0x5d];
const [openBrace, closeBrace] = [0x7b, 0x7d];

/** @returns what is too much, in a few words; undefined when nothing is */
export function jsonExcess(text: Uint8Array): string | undefined {
  let depth = 0;
  let parts = 0;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at]!;
    if (byte === quote) {
      at = endOfString(text, at + 1);
      continue;
    }
    if (byte === openBracket || byte === openBrace) {
      depth += 1;
      if (depth > deepest) return `it nests more than ${deepest} deep`;
    } else if (byte === closeBracket || byte === closeBrace) depth -= 1;
    else if (byte !== comma && byte !== colon) continue;
    parts += 1;
    if (parts > mostParts) return `it has more than ${mostParts} parts`;
  }
  return undefined;
}

/** Where the quote is that ends a string; the end of the text when there is none. */
function endOfString(text: Uint8Array, from: number): number {
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 1)) {
    let slashes = 0;
    while (at - slashes - 1 >= from && text[at - slashes - 1] === backslash) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}
