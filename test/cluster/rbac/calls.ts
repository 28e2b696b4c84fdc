// Owns: which requests are calls of the two programs, from a request line or from a real server's audit log.
// Source: kubernetes/apiserver pkg/endpoints/request/requestinfo.go; audit.k8s.io/v1 Event.
import { parseRoute } from '../../apiserver/http/route.js';
import type { ProgramCall } from './rules.js';

/** Programs say who they are in their user agent. */
const programOf = (userAgent: string | undefined) => /^openelb-vip\/([a-z-]+)/.exec(userAgent ?? '')?.[1];

/** Undefined: it is nobody's whom RBAC concerns here, or for no resource. */
export function callOfRequest(method: string, url: URL, userAgent: string | undefined): ProgramCall | undefined {
  const program = programOf(userAgent);
  const route = program === undefined ? undefined : parseRoute(url.pathname);
  if (program === undefined || route === undefined) return undefined;
  const { group, plural, subresource, namespace } = route;
  // A list or watch of one object by its name is, to RBAC, one of that name.
  const selected = /^metadata\.name=(.+)$/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1];
  return {
    program,
    verb: verbOf(method, route.name !== undefined, url.searchParams.has('watch')),
    group,
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    // The name of a namespace is also the namespace that it is in.
    namespace: namespace ?? (group === '' && plural === 'namespaces' ? route.name : undefined),
    name: route.name ?? selected,
  };
}

function verbOf(method: string, isNamed: boolean, isWatch: boolean): string {
  switch (method) {
    case 'GET':
      return isNamed ? 'get' : isWatch ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'DELETE':
      return isNamed ? 'delete' : 'deletecollection';
    default:
      return method.toLowerCase();
  }
}

/** @param line of an audit log in JSON */
export function callOfAudit(line: string): ProgramCall | undefined {
  if (!line.includes('"openelb-vip/')) return undefined;
  const { verb, userAgent, objectRef } = JSON.parse(line);
  const program = programOf(userAgent);
  if (program === undefined || objectRef === undefined) return undefined;
  const { apiGroup: group = '', resource, subresource, namespace, name } = objectRef;
  return {
    program,
    verb,
    group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
  };
}

/** `controller: watch leases.coordination.k8s.io in openelb-system` */
export function callText({ program, verb, group, resource, namespace, name }: ProgramCall): string {
  const what = `${resource}${group === '' ? '' : `.${group}`}`;
  return `${program}: ${verb} ${what}${name === undefined ? '' : ` ${name}`}${namespace === undefined ? '' : ` in ${namespace}`}`;
}
