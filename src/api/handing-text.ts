/** How the message of a member says that it hands on connections from before a move, for people, and to whom, for programs. */

const lead = 'hands connections from before the last move to ';

/** @param to addresses, one at least */
export function handingText(to: readonly string[]): string {
  return lead + to.join(', ');
}

/** The addresses in a message; none when it says nothing of that. */
export function handedTo(message: string | undefined): readonly string[] {
  const at = message?.indexOf(lead) ?? -1;
  if (at < 0) return [];
  const list = /^[0-9A-Fa-f.:]+(, [0-9A-Fa-f.:]+)*/.exec(message!.slice(at + lead.length))?.[0];
  return list?.split(', ') ?? [];
}
