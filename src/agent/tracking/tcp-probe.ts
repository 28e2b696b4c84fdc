import { connect } from 'node:net';
import type { CheckResult } from '../../core/tracking/check.js';
import { attempted, failure, type Probe } from './probe.js';

/** Passes when a TCP connection is accepted. */
export function tcpProbe(host: string, port: number): Probe {
  return (signal) =>
    attempted(`${host}:${port}`, signal, (resolve) => {
      const socket = connect({ host, port, signal });
      const end = (result: CheckResult) => {
        socket.destroy();
        resolve(result);
      };
      socket.once('connect', () => end({ ok: true }));
      socket.on('error', (error) => end(failure(`${host}:${port}`, error, signal)));
    });
}
