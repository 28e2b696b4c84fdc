/** What a key or two ask for. `wrong`: what was pressed and what is wrong with it. */
export type Command =
  | { readonly kind: 'act'; readonly action: Action; readonly node: number }
  | { readonly kind: 'objects' | 'help' | 'quit' | 'interrupt' }
  | { readonly kind: 'wrong'; readonly text: string };

export const actions = {
  c: 'cut',
  l: 'lose',
  h: 'heal',
  t: 'terminate',
  k: 'kill',
  s: 'stop',
  r: 'run',
} as const;
export type Action = (typeof actions)[keyof typeof actions];

/** Keys that stand alone. Ctrl-D is the end of what is typed. */
const alone = { g: 'objects', '?': 'help', q: 'quit', '\x04': 'quit', '\x03': 'interrupt' } as const;

/** The action whose node's number is yet to come. */
export interface KeyState {
  readonly pending?: keyof typeof actions;
}

/** A key as a terminal sends it: an escape sequence, or one character. */
const esc = String.fromCharCode(27);
const oneKey = new RegExp(`${esc}(?:[[O][0-9;]*[A-Za-z~])?|.`, 'gsu');

/** Reads the next characters; white space says nothing. A wrong key is told and dropped, and those after it count. */
export function readKeys(state: KeyState, text: string, nodeCount: number): { state: KeyState; commands: Command[] } {
  const commands: Command[] = [];
  let { pending } = state;
  const wrong = (what: string) => void commands.push({ kind: 'wrong', text: what });
  for (const [key] of text.matchAll(oneKey)) {
    if (/^\s$/u.test(key)) continue;
    if (pending !== undefined) {
      const action = pending;
      pending = undefined;
      const node = /^[0-9]$/.test(key) ? Number(key) : undefined;
      if (node !== undefined && node >= 1 && node <= nodeCount) {
        commands.push({ kind: 'act', action: actions[action], node });
        continue;
      }
      if (node !== undefined) {
        wrong(`${action}${key}: there is no node ${key}, only 1 to ${nodeCount}`);
        continue;
      }
      wrong(`${action}: a node's number is missing, 1 to ${nodeCount}`);
    }
    if (Object.hasOwn(alone, key)) commands.push({ kind: alone[key as keyof typeof alone] });
    else if (Object.hasOwn(actions, key)) pending = key as keyof typeof actions;
    else if (/^[0-9]$/.test(key))
      wrong(`${key}: a node's number without a key before it that says what to do (? lists them)`);
    else wrong(`${shown(key)}: no such key (? lists them)`);
  }
  return { state: pending === undefined ? {} : { pending }, commands };
}

/** What is wrong with where the keys ended. */
export function endOfKeys({ pending }: KeyState, nodeCount: number): Command[] {
  return pending === undefined
    ? []
    : [{ kind: 'wrong', text: `${pending}: a node's number is missing, 1 to ${nodeCount}` }];
}

/** A key that prints, or what else it is called by. */
function shown(key: string): string {
  return [...key].map((one) => (one < ' ' ? `^${String.fromCharCode(one.charCodeAt(0) + 64)}` : one)).join('');
}
