// Owns: the way from this machine's loopback to the web view of a stack, as kubectl port-forward is one.
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { connect as connectByTls } from 'node:tls';
import { eventually } from './eventually.js';
import { passOn } from './pass-on.js';
import { programArguments } from './process.js';
import { type Stack, webPort } from './stack.js';

export interface WebView {
  /** On this machine. */
  readonly url: string;
  /** Of the account openelb-viewer. The small API server takes any. */
  readonly token: string;
  close(): void;
}

/** @param stack started with `web` */
export async function openWebView(stack: Stack): Promise<WebView> {
  const { api, control, lab } = stack;
  const path = join(lab.folder, 'web.sock');
  const program = programArguments(new URL('./programs/relay', import.meta.url), import.meta.url);
  const relay = control.start('web', process.execPath, [...program, path, '0', '127.0.0.1', String(webPort)]);
  let isReady = false;
  relay.onLine(() => {
    isReady = true;
  });
  await eventually(`${relay.title} ready`, () => isReady, { onTimeout: () => relay.log() });
  const server = createServer((from) => passOn(from, connect(path)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const viewer = ['-n', 'openelb-system', 'create', 'token', 'openelb-viewer', '--duration=24h'];
  const token = api.kind === 'real' ? await api.kubectl(viewer) : 'playground';
  const { port } = server.address() as AddressInfo;
  await eventually('the web view', () => answers(port), { onTimeout: () => stack.controller().log() });
  return {
    url: `https://localhost:${port}/`,
    token,
    close: () => void server.close(),
  };
}

function answers(port: number): Promise<boolean> {
  const socket = connectByTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  return new Promise((resolve) => {
    const end = (does: boolean) => () => {
      socket.destroy();
      resolve(does);
    };
    socket.once('secureConnect', end(true)).once('error', end(false)).once('close', end(false));
  });
}
