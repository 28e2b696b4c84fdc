/** Says what is in the way of a server of ours, and what to do about it. */

/**
 * @param error the system's, of a server that could not begin to listen
 * @param flag what it was told by: `--metrics-address`
 * @param address as it stands there: `:50052`
 */
export function listeningProblem(error: unknown, flag: string, address: string): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error(
    `${flag} ${address}: ${problemOf(code, address) ?? message}, or choose another address with ${flag}`,
    {
      cause: error,
    },
  );
}

function problemOf(code: string | undefined, address: string): string | undefined {
  const port = address.slice(address.lastIndexOf(':') + 1);
  switch (code) {
    case 'EADDRINUSE':
      return `another program has that port: end it (ss -ltnp sport = :${port} says which)`;
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address: give it one (ip address)';
    case 'EACCES':
      return `ports below 1024 need a right that this process lacks: give it CAP_NET_BIND_SERVICE`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host is no address, and its name cannot be resolved: write an address';
  }
  return undefined;
}
