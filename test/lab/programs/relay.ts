/**
 * Passes TCP connections on. arguments: LISTEN-HOST LISTEN-PORT HOST PORT. Prints `ready`. Ends when its stdin does.
 * The small API server speaks plain HTTP, which clients rightly accept on their own loopback address only.
 */
import { connect, createServer } from 'node:net';

const [listenHost = '', listenPort = '', host = '', port = ''] = process.argv.slice(2);
createServer((from) => {
  const to = connect(Number(port), host);
  for (const [one, other] of [
    [from, to],
    [to, from],
  ] as const) {
    one.setNoDelay(true);
    one.pipe(other);
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}).listen(Number(listenPort), listenHost, () => process.stdout.write('ready\n'));
process.stdin.resume().on('end', () => process.exit(0));
