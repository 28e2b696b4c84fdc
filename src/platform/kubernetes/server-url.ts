import { ConnectionError } from './connection-error.js';

/** @throws ConnectionError when the address cannot be a server's, or would send credentials in the clear */
export function parseServer(text: string, origin: string): URL {
  let server: URL;
  try {
    server = new URL(text);
  } catch (cause) {
    throw new ConnectionError(
      'configuration',
      `the server address ${JSON.stringify(text)} in ${origin} is not a URL. Write it as https://HOST:PORT`,
      cause,
    );
  }
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(server.hostname);
  if (server.protocol === 'https:' || (server.protocol === 'http:' && loopback)) return server;
  throw new ConnectionError(
    'configuration',
    `the server address ${text} in ${origin} would send credentials in the clear. Use https:// (http:// is for 127.0.0.1 only)`,
  );
}
