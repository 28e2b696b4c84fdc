/** Errors as people read them. Apart from the log, which takes long to load. */

/** An error as one line: its message, then the message of each cause that adds something. */
export function describeError(error: unknown): string {
  const messages: string[] = [];
  for (let at: unknown = error; at !== undefined && at !== null && messages.length < 8; ) {
    const message = at instanceof Error ? at.message : String(at);
    if (!messages.some((earlier) => earlier.includes(message))) messages.push(message);
    at = at instanceof Error ? at.cause : undefined;
  }
  return messages.join(': ');
}
