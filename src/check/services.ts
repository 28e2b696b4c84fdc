/** What is wrong with Services, by themselves and beside the Eips among the files. */
import { eipName, requestedAddressAnnotation } from '../api/annotations.js';
import { conform } from '../api/conform.js';
import { inOurWords } from '../api/metallb-annotations.js';
import type { Problem } from '../api/problem.js';
import { nearest } from '../api/spelling.js';
import { labelsOf } from '../controller/cache/kept-labels.js';
import { type EipPool, poolsOf } from '../controller/cache/pools.js';
import { keepService, type Service } from '../controller/objects/builtin-objects.js';
import { serviceAnnotationsOf } from '../controller/objects/kept-annotations.js';
import { keepEip } from '../controller/objects/own-objects.js';
import { serviceShape } from '../controller/objects/shapes.js';
import { isOurs } from '../controller/services/ownership.js';
import { serviceRequest } from '../controller/services/request.js';
import { serviceWarnings } from '../controller/services/warnings.js';
import { fields } from '../convert/document.js';
import { decide } from '../core/ipam/allocate.js';
import type { RefusalReason, Request } from '../core/ipam/decision.js';
import { createLedger, type Ledger } from '../core/ipam/ledger.js';
import { annotation, errors, placeSaid, type Verdict, warnings } from './finding.js';
import { metadataProblems } from './judge.js';

/** What Services are judged by; what they ask for goes into `ledger`, so that the next one is refused it. */
export interface Market {
  /** Each by itself, so that those that overlap are judged as they are meant. */
  readonly pools: ReadonlyMap<string, EipPool>;
  readonly ledger: Ledger;
  readonly allServices: boolean;
}

export function newMarket(eips: readonly unknown[], allServices: boolean): Market {
  const kept = eips.flatMap((each) => keepEip(each) ?? []);
  return {
    pools: new Map(kept.flatMap((eip) => poolsOf([eip])).map((pool) => [pool.name, pool])),
    ledger: createLedger(),
    allServices,
  };
}

export function judgeService(value: unknown, market: Market): readonly Verdict[] {
  const whole = { ...fields(value), metadata: { namespace: 'default', ...fields(fields(value).metadata) } };
  const service = keepService(whole, new Set([...market.pools.values()].flatMap(({ eip }) => labelsOf(eip))));
  const named = new Set(
    inOurWords(service)
      [eipName]?.split(',')
      .map((each) => each.trim()),
  );
  const pools = [...named].flatMap((name) => market.pools.get(name) ?? []);
  const said = serviceWarnings(service, { allServices: market.allServices, eips: pools });
  const idle = warnings(said.map(({ message }) => ({ path: placeSaid(message), message })));
  if (!isOurs(service, market.allServices)) return idle;
  const shape = [...conform(serviceShape, whole).problems, ...serviceAnnotationsOf(whole).wrong];
  if (shape.length > 0) return [...errors(shape), ...idle];
  return [
    ...errors([...metadataProblems(value), ...refusal(service, pools, market)]),
    ...misspelt(named, market),
    ...idle,
  ];
}

/** Of what is refused whatever else the cluster has. */
const certain: ReadonlySet<RefusalReason> = new Set([
  'AddressInvalid',
  'AddressOutsidePools',
  'AddressAvoided',
  'AddressTaken',
  'PoolDisabled',
]);

function refusal(service: Service, pools: readonly EipPool[], { ledger }: Market): readonly Problem[] {
  const request = withFamilies(service, serviceRequest(service, undefined, [], pools));
  const known = request.pools.length > 0 && request.pools.every((name) => pools.some((pool) => pool.name === name));
  const decision = decide(request, pools, ledger);
  if (request.terms.asked.length > 0 && decision.grants.length > 0) {
    const { key, terms, created } = request;
    ledger.hold({ key, addresses: decision.grants.map(({ address }) => address), terms, created });
  }
  if (decision.outcome !== 'refused') return [];
  const { reason, message } = decision.refusal;
  const lacksFamily = reason === 'FamilyUnavailable' && service.spec?.ipFamilies !== undefined;
  if (!(certain.has(reason) || lacksFamily) || (!known && reason !== 'AddressInvalid')) return [];
  return [{ path: reason.startsWith('Address') ? askedAt(service) : annotation(eipName), message }];
}

/** A Service that names no family gets that of the cluster, which is not known here: what it asks for is taken for it. */
function withFamilies({ spec = {} }: Service, request: Request): Request {
  const asked = [...new Set(request.terms.asked.map(({ family }) => family))];
  return spec.ipFamilies !== undefined || asked.length === 0 ? request : { ...request, families: asked };
}

/** The Eip that a Service names may be in the cluster; one whose name is nearly that of one here more likely is that. */
function misspelt(named: ReadonlySet<string>, { pools }: Market): readonly Verdict[] {
  return [...named].flatMap((name) => {
    if (name === '' || pools.has(name) || pools.size > mostCompared) return [];
    const [meant] = nearest(name, [...pools.keys()]);
    if (meant === undefined) return [];
    const message = `names an Eip that is not among these files: did you mean ${meant}?`;
    return warnings([{ path: annotation(eipName), message }]);
  });
}

const mostCompared = 500;

function askedAt(service: Service): string {
  return inOurWords(service)[requestedAddressAnnotation]
    ? annotation(requestedAddressAnnotation)
    : 'spec.loadBalancerIP';
}
