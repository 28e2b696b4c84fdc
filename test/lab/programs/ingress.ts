/**
 * Runs in a Pod and is what an ingress controller is to the data path: takes HTTP requests, asks a Service, and passes its answer on, after
 * `ingress: `. arguments: PORT SERVICE-ADDRESS. Prints `ready`. Ends when its stdin does.
 */
import { createServer, get } from 'node:http';

const [port = '', service = ''] = process.argv.slice(2);
const server = createServer((request, response) => {
  response.setHeader('connection', 'close');
  const failed = (error: Error) => {
    response.statusCode = 502;
    response.end(error.message);
  };
  const { url = '/' } = request;
  get(`http://${service}${url}`, { agent: false, signal: AbortSignal.timeout(2000) }, (answer) => {
    response.write('ingress: ');
    answer.pipe(response);
  }).on('error', failed);
});
server.listen(Number(port), '::', () => process.stdout.write('ready\n'));
process.stdin.resume().on('end', () => process.exit(0));
