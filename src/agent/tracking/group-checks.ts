/** From the `vrrp.checks` of a VipGroup to checks that can be run. */
import { join } from 'node:path';
import { type CheckSettings, parseTcpTarget } from '../../api/check-rules.js';
import { parseDuration } from '../../api/duration.js';
import { commandProbe } from './command-probe.js';
import { fileProbe } from './file-probe.js';
import { grpcProbe } from './grpc-probe.js';
import { httpProbe } from './http-probe.js';
import type { Probe } from './probe.js';
import type { TrackedCheck } from './running-check.js';
import { tcpProbe } from './tcp-probe.js';
import { watchTrackFile } from './track-file-watch.js';

/** Where kube-proxy says how it is. Source: its flag --healthz-bind-address, whose default is port 10256. */
const kubeProxyHealth = 'http://127.0.0.1:10256/healthz';

/**
 * @param checks valid ones (`checkProblems`)
 * @param checksDir where programs and files are; undefined when the agent may use none
 * @param onUnwatched the kernel tells nothing of that file, for this reason; undefined: it does so again
 */
export function trackedChecks(
  checks: readonly CheckSettings[],
  checksDir: string | undefined,
  onUnwatched: (file: string, reason: Error | undefined) => void,
): readonly TrackedCheck[] {
  return checks.map((check) => {
    const { interval, timeout, rise, fall, weight, ...target } = check;
    const { file } = check;
    return {
      name: check.name,
      rise: rise ?? 2,
      fall: fall ?? 3,
      ...(weight === undefined ? {} : { weight }),
      intervalMs: milliseconds(interval),
      timeoutMs: milliseconds(timeout),
      identity: JSON.stringify(target),
      probe: probeOf(check, checksDir),
      ...(file === undefined || checksDir === undefined
        ? {}
        : { watch: (wake: () => void) => watched(join(checksDir, file), wake, onUnwatched) }),
    };
  });
}

function watched(path: string, wake: () => void, onUnwatched: Parameters<typeof trackedChecks>[2]): () => void {
  return watchTrackFile({ path, wake, onUnwatched: (reason) => onUnwatched(path, reason) }).stop;
}

function probeOf(check: CheckSettings, checksDir: string | undefined): Probe {
  const { tcp, http, grpc, command, file, kubeProxy } = check;
  if (kubeProxy) return httpProbe({ url: kubeProxyHealth });
  if (tcp !== undefined) {
    const { host, port } = parseTcpTarget(tcp)!;
    return tcpProbe(host, port);
  }
  const unplaced =
    checksDir === undefined ? (command ?? file ?? check.bearerTokenFile ?? check.tls?.caFile) : undefined;
  if (unplaced !== undefined) {
    const verb = command === undefined ? 'read' : 'run';
    const reason = `${unplaced} is not ${verb}: start the agent with --checks-dir DIR and put it there`;
    return async () => ({ ok: false, reason });
  }
  const placed = (name: string | undefined) => (name === undefined ? undefined : join(checksDir!, name));
  const tls = check.tls === undefined ? undefined : { ...check.tls, caFile: placed(check.tls.caFile) };
  if (http !== undefined) {
    return httpProbe({ url: http, statuses: check.statuses, bearerTokenFile: placed(check.bearerTokenFile), tls });
  }
  if (grpc !== undefined) return grpcProbe({ target: grpc, service: check.service ?? '', tls });
  if (file !== undefined) return fileProbe(placed(file)!, check.multiplier ?? 1);
  return commandProbe(placed(command)!, check.args ?? []);
}

function milliseconds(text: string | undefined): number {
  return text === undefined ? 1_000 : parseDuration(text)! / 1_000;
}
