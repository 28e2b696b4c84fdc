/**
 * Runs on a node and stands for the data path of a Service: answers UDP probes and HTTP requests, on every address the node has, with
 * the node's name. arguments: NAME UDP-PORT HTTP-PORT. Prints `ready`. Ends when its stdin does.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';

const [name = '', udpPort = '', httpPort = ''] = process.argv.slice(2);
const socket = createSocket({ type: 'udp6', ipv6Only: false });
socket.on('message', (message, from) => {
  socket.send(Buffer.concat([message.subarray(0, 4), Buffer.from(name)]), from.port, from.address, () => {});
});
const server = createServer((request, response) => {
  response.setHeader('connection', 'close');
  response.end(`${name} answers for ${request.headers.host} to ${request.socket.remoteAddress}\n`);
});
socket.bind(Number(udpPort), '::', () => {
  server.listen(Number(httpPort), '::', () => process.stdout.write('ready\n'));
});
process.stdin.resume().on('end', () => process.exit(0));
