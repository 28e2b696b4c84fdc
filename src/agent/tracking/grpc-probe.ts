import type { connect, SecureClientSessionOptions } from 'node:http2';
import type { CheckResult } from '../../core/tracking/check.js';
import { healthMethod, healthOf, healthRequest } from './grpc-health.js';
import { attempted, failure, type Probe } from './probe.js';
import { type TlsSettings, tlsOptions } from './tls-options.js';

export interface GrpcTarget {
  /** host:port, an IPv6 address in brackets. */
  readonly target: string;
  /** Whose health is asked for; empty: that of the server as a whole. */
  readonly service: string;
  /** Without it the connection is in the clear, as that of the kubelet's gRPC probes. */
  readonly tls?: TlsSettings | undefined;
}

/** A reply has seven bytes. */
const mostBytes = 1_024;

/**
 * Passes when the server answers grpc.health.v1.Health/Check with SERVING. HTTP/2 is loaded at the first try: agents without such a
 * check are spared its memory.
 */
export function grpcProbe({ target, service, tls }: GrpcTarget): Probe {
  return async (signal) => {
    const http2 = await import('node:http2');
    if (tls === undefined) return ask(() => http2.connect(`http://${target}`), target, service, signal);
    const secure = await tlsOptions(tls);
    if (!secure.ok) return secure;
    const options: SecureClientSessionOptions = secure.options;
    return ask(() => http2.connect(`https://${target}`, options), target, service, signal);
  };
}

function ask(
  begin: () => ReturnType<typeof connect>,
  target: string,
  service: string,
  signal: AbortSignal,
): Promise<CheckResult> {
  return attempted(target, signal, (resolve) => {
    const session = begin();
    const end = (result: CheckResult) => {
      signal.removeEventListener('abort', late);
      session.destroy();
      resolve(result);
    };
    // A stream that goes with its connection has what became of that as its cause.
    const fail = (error: Error) => end(failure(target, error.cause instanceof Error ? error.cause : error, signal));
    const late = () => fail(new Error('late'));
    signal.addEventListener('abort', late, { once: true });
    session.on('error', fail);
    if (signal.aborted) return late();
    const stream = session.request({
      ':method': 'POST',
      ':path': healthMethod,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status: number | undefined;
    let grpcStatus: string | undefined;
    stream.on('response', (headers) => {
      status = headers[':status'];
      grpcStatus = textOf(headers['grpc-status']);
    });
    stream.on('trailers', (trailers) => {
      grpcStatus ??= textOf(trailers['grpc-status']);
    });
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > mostBytes) end({ ok: false, reason: `${target} answers with more than a HealthCheckResponse` });
    });
    stream.on('error', fail);
    stream.on('close', () => {
      if (status === undefined) return end({ ok: false, reason: `${target} ends the connection without an answer` });
      const health = healthOf({ status, grpcStatus, body: Buffer.concat(chunks) }, service);
      return end(health.ok ? health : { ok: false, reason: `${target} ${health.reason}` });
    });
    stream.end(healthRequest(service));
  });
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
