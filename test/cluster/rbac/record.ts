// Owns: where an API server of ours writes down what the programs have called, and which of that the rendered RBAC does not allow.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callOfAudit, callOfRequest, callText } from './calls.js';
import { type ProgramCall, renderedRights } from './rules.js';

/** Written by a real server. */
export const auditLog = (folder: string) => join(folder, 'audit.log');
/** Written by the small one: what it has refused. */
const refusalsFile = (folder: string) => join(folder, 'refused-calls');

/** Metadata of everything, told once, when the answer begins. */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'Panic'],
  rules: [{ level: 'Metadata' }],
};

/** Lets the programs do also what further manifests in deploy/ allow. To be called before the server starts. */
export function applyMore(folder: string, manifests: readonly string[]): void {
  if (manifests.length > 0) writeFileSync(manifestsFile(folder), manifests.join('\n'));
}

const manifestsFile = (folder: string) => join(folder, 'more-manifests');

function moreManifests(folder: string): readonly string[] {
  return existsSync(manifestsFile(folder)) ? readFileSync(manifestsFile(folder), 'utf8').split('\n') : [];
}

/** For the small server: what is wrong with a call by one of the programs, undefined when it is allowed or somebody else's. */
export function createAuthorizer(folder: string): (method: string, url: URL, userAgent: string) => string | undefined {
  const mayDo = renderedRights(moreManifests(folder));
  return (method, url, userAgent) => {
    const call = callOfRequest(method, url, userAgent);
    if (call === undefined || mayDo(call)) return undefined;
    appendFileSync(refusalsFile(folder), `${callText(call)}\n`);
    return callText(call);
  };
}

/** The calls of the programs that the rendered RBAC does not allow, each once. */
export function refusedCalls(folder: string): readonly string[] {
  const refusals = existsSync(refusalsFile(folder))
    ? readFileSync(refusalsFile(folder), 'utf8').trim().split('\n')
    : [];
  const mayDo = renderedRights(moreManifests(folder));
  const audited = auditedCalls(folder).filter((call) => !mayDo(call));
  return [...new Set([...refusals, ...audited.map(callText)])].sort();
}

/** What the programs have called, by the audit log of a real server. */
export function auditedCalls(folder: string): readonly ProgramCall[] {
  if (!existsSync(auditLog(folder))) return [];
  return readFileSync(auditLog(folder), 'utf8')
    .split('\n')
    .flatMap((line) => callOfAudit(line) ?? []);
}
