/** What a program asks of the API server, and how long the answers take. */
import type { Metrics } from './metrics.js';

/** A request that has ended. `code`: the HTTP status, or in a word why there was no answer. */
export interface ApiCall {
  readonly method: string;
  readonly code: string;
  readonly ms: number;
}

/** Upper bounds, in seconds; a request ends after 10 s. */
const bounds: readonly number[] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** @returns whom to tell of each request; watches, which have no end, are none */
export function registerApiMetrics(metrics: Metrics): (call: ApiCall) => void {
  const calls = metrics.counter('openelb_api_requests_total', 'Requests to the API server by method and result.');
  const took = metrics.histogram(
    'openelb_api_request_seconds',
    'How long requests to the API server took, by method, however they ended.',
    bounds,
  );
  return ({ method, code, ms }) => {
    calls.add({ method, code });
    took.observe(ms / 1000, { method });
  };
}
