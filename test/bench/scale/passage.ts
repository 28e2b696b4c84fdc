/** A way to the API server that counts what goes through it, in octets on the wire, and that can be cut. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { passOn } from '../../lab/pass-on.js';

export interface Passage {
  readonly port: number;
  /** Octets to the server and from it, so far. */
  octets(): number;
  /** How many connections there are. */
  connections(): number;
  /** Nobody gets through any more. A passage that is not cut keeps its process. */
  cut(): void;
}

export async function openPassage(to: { readonly port: number; readonly host: string }): Promise<Passage> {
  const open = new Set<Socket>();
  let ended = 0;
  const octetsOf = ({ bytesRead, bytesWritten }: Socket) => bytesRead + bytesWritten;
  const server = createServer((from) => {
    const through = connect(to);
    open.add(through);
    through.once('close', () => {
      ended += octetsOf(through);
      open.delete(through);
    });
    passOn(from, through);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    octets: () => [...open].reduce((sum, each) => sum + octetsOf(each), ended),
    connections: () => open.size,
    cut() {
      server.close();
      for (const each of open) each.destroy();
    },
  };
}
