/**
 * What the API server itself checks of the text of a pool (`spec.address` of Eips): rules in CEL.
 *
 * What a rule may cost is reckoned by the longest text that the schema allows, four bytes a character: 262 144. The server does not know how
 * long the parts are that `split` makes, so that anything which reads them (`isIP`, `<`, a second `split`) costs too much. What it takes for
 * cheap, however long a text is: `int()`, `double()`, `size()`, `==` with a constant, and `in` with a list of known length. So a rule looks
 * at the whole text, or makes parts of it once and goes by their places. Matching with N characters costs N/4 for every ten bytes: so many
 * that might be there, and so many that are there, for which the limit is a million: N is at most 570 where it looks at the longest pool.
 */
import type { ServerRule } from './server-rule.js';

// `\w` is short, and what else it stands for is in no text that the first rule accepts.
const octet = '(25[0-5]|2[0-4]\\\\d|1\\\\d\\\\d|[1-9]?\\\\d)';
const ipv4 = `(${octet}[.]){3}${octet}`;
const upTo32 = '([12]?\\\\d|3[0-2])';
const upTo128 = '(1[01]\\\\d|12[0-8]|[1-9]?\\\\d)';
const h = '\\\\w{1,4}';

/** Up to `count` groups of IPv6, and `::` after at least one of them and before at least one. */
const gaps = (count: number): readonly string[] =>
  Array.from({ length: count - 1 }, (_, at) => `(${h}:){1,${count - 1 - at}}(:${h}){1,${at + 1}}`);

/** Eight groups, or fewer and `::` among them; or whatever ends with a dotted quad. */
const ipv6 = [`(${h}:){7}${h}`, `(${h}:){1,7}:`, `:((:${h}){1,7}|:)`, ...gaps(7), `[\\\\w:]*:${ipv4}`].join('|');
/** What comes before a dotted quad, which stands for two groups. */
const beforeQuad = [`(${h}:){6}`, `(${h}:){1,5}:`, `:(:${h}){0,5}:`, ...gaps(5).map((text) => `${text}:`)].join('|');

/** How an end of a range begins that no Service can use (`unusable` in eip-rules); blocks and ranges around such ones are not seen. */
const unusable = [
  '(0|127|22[4-9]|23\\\\d|169[.]254)[.]',
  '255[.]255[.]255[.]255',
  '::1?([ ,/-]|$)',
  '::[Ff]{4}:',
  '[Ff][Ff]\\\\w\\\\w:',
  '[Ff][Ee][89ABab]\\\\w:',
].join('|');

const allowed = "self.matches('^[0-9A-Fa-f.:/, -]+$')";
const numbers = (from: number, to: number): string =>
  `[${Array.from({ length: to - from + 1 }, (_, at) => from + at).join()}]`;
/** Names the value of an expression, within another. Only what is no text may be read under its name (see above). */
const named = (name: string, value: string, within: string): string => `[${value}].all(${name}, ${within})`;

/** How many of the pieces that ranges are made of are looked at: a hundred times this, and of the parts of a list. */
const [hundreds, parts] = [30, 128];

/**
 * The text in pieces: commas, dashes, and between them the groups of the addresses, an empty one for each end of `::`. Each is dressed as the
 * hexadecimal number 0x…p0, which `double()` reads: `0xfdp0`, `0x,p0`. Octets of IPv4 count as well that way: it leaves their order as it is.
 */
const pieces =
  "(',' + self.replace(' ', '') + ',').replace('-', '>').replace(':', ' ').replace('.', ' ').replace('/', ' ')" +
  ".replace(',', ' , ').replace('>', ' > ').replace(' ', 'p0 0x').split(' ')";
const [comma, dash, nothing] = ["'0x,p0'", "'0x>p0'", "'0xp0'"];

/** One end of the range whose dash is piece `i`: from which piece on, how many, and the name of the list of those that are empty. */
interface End {
  readonly first: string;
  readonly count: string;
  readonly empty: string;
}
const lower: End = { first: '(i - a[0] + 1)', count: '(a[0] - 1)', empty: 'y' };
const upper: End = { first: '(i + 1)', count: '(b[0] - 1)', empty: 'z' };

const emptyOnes = ({ first, count }: End): string =>
  `${numbers(0, 8)}.filter(j, j < ${count} && t[${first} + j] == ${nothing})`;

/** Group `at` of eight of an address, or octet of four: what stands before `::`, or after it, counted from the end; else 0. */
const group = ({ first, count, empty }: End, at: string): string =>
  `(${at} < (${empty}.size() == 0 ? ${count} : ${empty}[0]) ? double(t[${first} + ${at}]) : ` +
  `${empty}.size() > 0 && ${at} + ${count} > 8 + ${empty}[${empty}.size() - 1] ? double(t[${first} + ${count} - 8 + ${at}]) : 0.0)`;

const isEdge = (at: string): string => `(t[${at}] == ${comma} || t[${at}] == ${dash})`;
const groupsThatDiffer = `${numbers(0, 7)}.filter(j, ${group(lower, 'j')} != ${group(upper, 'j')})`;
const ascends =
  `a.size() == 0 || b.size() == 0 || ` +
  named(
    'y',
    emptyOnes(lower),
    named(
      'z',
      emptyOnes(upper),
      named('d', groupsThatDiffer, `d.size() == 0 || ${group(lower, 'd[0]')} < ${group(upper, 'd[0]')}`),
    ),
  );
const aroundDash = named(
  'a',
  `${numbers(1, 10)}.filter(j, j < i && ${isEdge('i - j')})`,
  named('b', `${numbers(1, 10)}.filter(j, i + j < t.size() && ${isEdge('i + j')})`, ascends),
);
const rangesAscend = named(
  't',
  pieces,
  `${numbers(0, hundreds - 1)}.all(m, m * 100 >= t.size() || ${numbers(0, 99)}.all(n, ` +
    `${named('i', 'm * 100 + n', `i >= t.size() || t[i] != ${dash} || ${aroundDash}`)}))`,
);

const partsDiffer = named(
  'p',
  "self.lowerAscii().replace(' ', '').split(',')",
  `${numbers(0, parts - 1)}.all(i, i >= p.size() || ${numbers(0, parts - 1)}.all(j, j >= i || !(p[i] in [p[j]])))`,
);

const noPart =
  'a part of it, or an end of a range, is no IP address and no CIDR block: write them like 192.0.2.10 or 192.0.2.0/24';

export const poolRules: readonly ServerRule[] = [
  {
    rule: allowed,
    message:
      'it must be an address, a CIDR block, a range a-b, or a comma-separated list of those; host names are none',
  },
  {
    rule: `(self + ',').matches('^( *(${ipv4}(/${upTo32})?|(${ipv6})(/${upTo128})?) *[,-])+$')`,
    message: noPart,
  },
  {
    rule:
      `!self.matches(':\\\\d+[.]') || ((self + ',').matches('^( *([\\\\d./]+|[\\\\w:/]+|(${beforeQuad})[\\\\d./]+) *[,-])+$') && ` +
      `!self.matches('(^|[ ,-])::[Ff]{4}:\\\\d+[.]'))`,
    message: noPart,
  },
  {
    rule: "!self.matches('-[^,]*[-/]|/[^,]*-')",
    message: 'a range has two ends, which are addresses: write it like 192.0.2.10-192.0.2.20',
  },
  {
    rule: "!self.matches('(^|,)[ 0-9.]*-[^,]*:|:[^,]*-[ 0-9.]*(,|$)')",
    message: 'a range mixes IPv4 and IPv6: both ends must be of one family',
  },
  {
    // Not where one ends with a dotted quad of IPv6, which is two groups, and not four.
    rule: `!${allowed} || self.matches(':\\\\d+[.][^,]*-|-[^,]*:\\\\d+[.]') || ${rangesAscend}`,
    message: 'a range runs backwards: write the lower address first',
  },
  {
    rule: `!self.matches('(^|[ ,-])(${unusable})')`,
    message:
      'an address in it is unspecified, of this host, loopback, link-local or multicast: no Service can be reached there',
  },
  {
    rule: partsDiffer,
    message: 'it names the same twice: leave out one of them',
  },
];
