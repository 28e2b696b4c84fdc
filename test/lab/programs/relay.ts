/**
 * Passes connections on. arguments: LISTEN-HOST LISTEN-PORT HOST PORT; a path in place of LISTEN-HOST is a Unix socket, which is reached from
 * other network namespaces, too. Prints `ready`. Ends when its stdin does.
 * The small API server speaks plain HTTP, which clients rightly accept on their own loopback address only.
 */
import { connect, createServer } from 'node:net';
import { passOn } from '../pass-on.js';

const [listenHost = '', listenPort = '', host = '', port = ''] = process.argv.slice(2);
const at = listenHost.startsWith('/') ? { path: listenHost } : { host: listenHost, port: Number(listenPort) };
createServer((from) => passOn(from, connect(Number(port), host))).listen(at, () => process.stdout.write('ready\n'));
process.stdin.resume().on('end', () => process.exit(0));
