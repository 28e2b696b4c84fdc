/** From the `vrrp.checks` of a VipGroup to checks that can be run. */
import { join } from 'node:path';
import { type CheckSettings, parseTcpTarget } from '../../api/check-rules.js';
import { parseDuration } from '../../api/duration.js';
import { commandProbe, httpProbe, type Probe, tcpProbe } from './probe.js';
import type { TrackedCheck } from './tracker.js';

/** Where kube-proxy says how it is. Source: its flag --healthz-bind-address, whose default is port 10256. */
const kubeProxyHealth = 'http://127.0.0.1:10256/healthz';

/** @param checks valid ones (`checkProblems`) @param checksDir where commands are; undefined when the agent may run none */
export function trackedChecks(
  checks: readonly CheckSettings[],
  checksDir: string | undefined,
): readonly TrackedCheck[] {
  return checks.map((check) => ({
    name: check.name,
    rise: check.rise ?? 2,
    fall: check.fall ?? 3,
    ...(check.weight === undefined ? {} : { weight: check.weight }),
    intervalMs: milliseconds(check.interval),
    timeoutMs: milliseconds(check.timeout),
    identity: JSON.stringify([check.name, check.tcp, check.http, check.command, check.args, check.kubeProxy]),
    probe: probeOf(check, checksDir),
  }));
}

function probeOf({ tcp, http, command, args, kubeProxy }: CheckSettings, checksDir: string | undefined): Probe {
  if (kubeProxy) return httpProbe(kubeProxyHealth);
  if (http !== undefined) return httpProbe(http);
  if (tcp !== undefined) {
    const { host, port } = parseTcpTarget(tcp)!;
    return tcpProbe(host, port);
  }
  if (checksDir !== undefined) return commandProbe(join(checksDir, command!), args ?? []);
  const reason = `${command} is not run: start the agent with --checks-dir DIR and put it there`;
  return async () => ({ ok: false, reason });
}

function milliseconds(text: string | undefined): number {
  return text === undefined ? 1_000 : parseDuration(text)! / 1_000;
}
