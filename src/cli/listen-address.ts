/** Where a server listens: `host` is absent for every address of the machine. */
export interface ListenAddress {
  readonly host?: string;
  readonly port: number;
}

/**
 * Reads `host:port`, `:port` or `[v6]:port`. `0` (or an empty text) means "not at all" and gives `'off'`;
 * anything else gives undefined.
 */
export function parseListenAddress(text: string): ListenAddress | 'off' | undefined {
  if (text === '' || text === '0') return 'off';
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  const host = match[1] ?? match[2] ?? '';
  if (port > 65535) return undefined;
  return host === '' ? { port } : { host, port };
}
