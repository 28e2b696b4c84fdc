/** What an Eip is kept in order by beside its spec: notes of the controller in its annotations, and what people are told of them. */

/** What is to become of one note, and what there is to say. */
export interface NoteUpdate {
  readonly annotation: string;
  /** Its value from now on; undefined: there is none. */
  readonly note: string | undefined;
  /** What happened, to be told once the note is written. */
  readonly news: readonly { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string }[];
  /** What is wrong for as long as it is. */
  readonly warnings: readonly { readonly reason: string; readonly message: string }[];
  /** When to look again, in milliseconds; undefined when nothing is waited for. */
  readonly afterMs: number | undefined;
}

/** The value of an annotation that is a JSON object or array; undefined for any other text. */
export function jsonNote(text: string | undefined): unknown {
  if (text === undefined || !/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
