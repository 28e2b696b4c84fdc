/** When Services may have one address together. */
import { compareIp, type IpAddress } from '../ip/address.js';

/** What a Service brings to an address. */
export interface Terms {
  readonly namespace: string;
  /** Services with the same key agree to share. */
  readonly sharingKey?: string;
  /** The addresses the Service asks for by name. */
  readonly asked: readonly IpAddress[];
  /** `TCP/80`, one per port. */
  readonly ports: readonly string[];
  /** externalTrafficPolicy Local: only nodes with a ready endpoint may receive the traffic. */
  readonly local: boolean;
  /**
   * What chooses the Service's endpoints, in one canonical text: Services of one namespace with the same one have the same endpoints.
   * Empty: somebody writes them by hand, for each Service as they like.
   */
  readonly selector: string;
}

/** Why two Services cannot have `address` together, as a clause; undefined when they can. */
export function sharingObstacle(a: Terms, b: Terms, address: IpAddress): string | undefined {
  return consent(a, b, address) ?? clash(a, b);
}

/**
 * The same for two Services that both hold the address already. OpenELB let any two Services share that asked for one
 * address, across namespaces too: what it gave out is not taken away.
 */
export function cohabitationObstacle(a: Terms, b: Terms, address: IpAddress): string | undefined {
  return asks(a, address) && asks(b, address) ? clash(a, b) : sharingObstacle(a, b, address);
}

function consent(a: Terms, b: Terms, address: IpAddress): string | undefined {
  if (a.sharingKey !== undefined && a.sharingKey === b.sharingKey) return undefined;
  if (a.namespace === b.namespace && asks(a, address) && asks(b, address)) return undefined;
  return 'to share it, both Services must ask for this address in one namespace, or carry the same sharing key';
}

function clash(a: Terms, b: Terms): string | undefined {
  const port = a.ports.find((each) => b.ports.includes(each));
  if (port !== undefined) return `both use port ${port}: change the port of one of them`;
  if ((a.local || b.local) && !(a.local && b.local && sameEndpoints(a, b))) {
    return 'externalTrafficPolicy Local goes together only with Local, the same selector and the same namespace: use Cluster for both';
  }
  return undefined;
}

/** The nodes of an address must serve all that share it, or one tenant's Service would lead another's traffic astray. */
function sameEndpoints(a: Terms, b: Terms): boolean {
  return a.namespace === b.namespace && a.selector !== '' && a.selector === b.selector;
}

function asks(terms: Terms, address: IpAddress): boolean {
  return terms.asked.some((each) => compareIp(each, address) === 0);
}
