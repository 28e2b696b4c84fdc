// Owns: the way from this machine's loopback to the web view of a stack.
import { join } from 'node:path';
import { connect as connectByTls } from 'node:tls';
import { eventually } from './eventually.js';
import { forwardPort } from './forwarded-port.js';
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
  const start = (args: readonly string[]) => control.start('web', process.execPath, args);
  const { port, close } = await forwardPort(start, join(lab.folder, 'web.sock'), { host: '127.0.0.1', port: webPort });
  const viewer = ['-n', 'openelb-system', 'create', 'token', 'openelb-viewer', '--duration=24h'];
  const token = api.kind === 'real' ? await api.kubectl(viewer) : 'playground';
  await eventually('the web view', () => answers(port), { onTimeout: () => stack.controller().log() });
  return {
    url: `https://localhost:${port}/`,
    token,
    close,
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
