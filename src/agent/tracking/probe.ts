/**
 * The kinds of checks an agent can make, each as a function that resolves to a result and never rejects: what goes wrong is the
 * result. They run on the main thread; a slow one delays nothing but itself.
 */
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import type { CheckResult } from '../../core/tracking/check.js';

export type Probe = (signal: AbortSignal) => Promise<CheckResult>;

/** Passes when a TCP connection is accepted. */
export function tcpProbe(host: string, port: number): Probe {
  return (signal) =>
    new Promise((resolve) => {
      const socket = connect({ host, port, signal });
      const end = (result: CheckResult) => {
        socket.destroy();
        resolve(result);
      };
      socket.once('connect', () => end({ ok: true }));
      socket.once('error', (error) => end(failure(`${host}:${port}`, error, signal)));
    });
}

/** Passes when a GET is answered with a status of 200..399. The certificate of an https URL is not verified: the check is of life, not of identity. */
export function httpProbe(url: string): Probe {
  const send = url.startsWith('https:') ? secureRequest : request;
  return (signal) =>
    new Promise((resolve) => {
      const get = send(url, { signal, agent: false, rejectUnauthorized: false }, (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        resolve(status >= 200 && status < 400 ? { ok: true } : { ok: false, reason: `${url} answers ${status}` });
      });
      get.once('error', (error) => resolve(failure(url, error, signal)));
      get.end();
    });
}

/**
 * Passes when the command exits with 0 within the time. Its output is not read; its first line on stderr becomes the reason.
 * execa is loaded when the first command check is made: agents without one are spared its memory.
 */
export function commandProbe(command: string, args: readonly string[]): Probe {
  return async (signal) => {
    const { execa } = await import('execa');
    const {
      failed,
      exitCode,
      stderr,
      signal: killedBy,
      isCanceled,
      originalMessage,
    } = await execa(command, args, {
      cancelSignal: signal,
      reject: false,
      stdin: 'ignore',
      stdout: 'ignore',
      maxBuffer: 10_000,
    });
    if (!failed) return { ok: true };
    if (isCanceled) return { ok: false, reason: `${command} did not end in time` };
    const said = typeof stderr === 'string' ? stderr.split('\n', 1)[0] : '';
    const ended =
      exitCode === undefined
        ? killedBy
          ? `was ended by ${killedBy}`
          : `did not start: ${originalMessage}`
        : `exited with ${exitCode}`;
    return { ok: false, reason: `${command} ${ended}${said ? `: ${said}` : ''}` };
  };
}

function failure(target: string, error: Error, signal: AbortSignal): CheckResult {
  if (signal.aborted) return { ok: false, reason: `${target} did not answer in time` };
  return { ok: false, reason: `${target}: ${(error as NodeJS.ErrnoException).code ?? error.message}` };
}
