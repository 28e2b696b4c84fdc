/** The objects that are converted, and what is said about them. */
import type { IpAddress } from '../core/ip/address.js';

/** An object of the input. Its contents are anybody's guess: what is read is checked. */
export interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
  };
  readonly spec: Fields;
  readonly data: Fields;
  readonly status: Fields;
  /** What it is called in remarks: `IPAddressPool metallb-system/lan`. */
  readonly called: string;
  /** Of a pool and its advertisements that were one object: what that is called. They belong to each other alone. */
  readonly madeFor?: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** One of our objects, or a Service. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly spec: object;
}

/** Something to say about an object of the input. `field` is empty for the whole object. */
export interface Remark {
  readonly object: string;
  readonly field: string;
  readonly message: string;
  /** It is so with the load balancer that the object was written for, too. */
  readonly asBefore?: true;
}

/** What becomes of some documents. */
export interface Converted {
  readonly manifests: readonly Manifest[];
  /** What will not be as it was: it has no counterpart, or a person has to do something. */
  readonly remarks: readonly Remark[];
  /** What was left out and is not missed. */
  readonly notes?: readonly Remark[];
  /** What keeps a manifest from being applied as it is. */
  readonly problems?: readonly Remark[];
  /** Addresses that are kept and that no pool of the input has. */
  readonly leased?: readonly Leased[];
}

/** An address that DHCP gave and that a Service keeps. */
export interface Leased {
  readonly address: IpAddress;
  /** Where the Service names one. */
  readonly nic?: string;
  /** What the Service is called in remarks. */
  readonly called: string;
}

/** What the person who converts has chosen. */
export interface Choices {
  /** For pools that were announced on a LAN. */
  readonly protocol: 'layer2' | 'vip' | 'bgp';
  /** For pools whose origin names none. */
  readonly interface?: string;
  /** Where the controller reads the objects of a cluster: what follows them, and changes with them. Absent: a person converts files. */
  readonly cluster?: ClusterView;
}

/** What is known of the cluster that the objects stand in. */
export interface ClusterView {
  readonly namespaces: readonly { readonly name: string; readonly labels: Fields }[];
  /** The AS number of a BgpConf that a person wrote, which counts; undefined: there is none. */
  readonly as?: unknown;
}

/** How the addresses of a pool are announced that were announced on a LAN. With BGP there is no NIC to name. */
export function announcedBy({ protocol }: Choices, nic: string | undefined): Fields {
  return { protocol, ...(nic === undefined || protocol === 'bgp' ? {} : { interface: nic }) };
}

export function remark({ called }: Pick<Document, 'called'>, field: string, message: string): Remark {
  return { object: called, field, message };
}

/** `object: field: message`. */
export function remarkText({ object, field, message }: Remark): string {
  return field === '' ? `${object}: ${message}` : `${object}: ${field}: ${message}`;
}

export function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

export function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}

export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** A remark for each field that is set and that nobody here reads. `place`: where they stand, such as `spec`. */
export function unread(
  document: Pick<Document, 'called'>,
  place: string,
  value: Fields,
  known: readonly string[],
): readonly Remark[] {
  return Object.keys(value)
    .filter((field) => !known.includes(field) && isSet(value[field]))
    .map((field) => remark(document, `${place}.${field}`, 'is not known here: left out'));
}

/** A note of labels and annotations that a converted object does not get; those of tools, which manage the original, go without saying. */
export function metadataNotes(document: Document): readonly Remark[] {
  return (['labels', 'annotations'] as const).flatMap((field) => {
    const keys = Object.keys(document.metadata[field] ?? {}).filter((key) => !ofTools.test(key));
    return keys.length === 0 ? [] : [remark(document, `metadata.${field}`, `left out: ${keys.sort().join(', ')}`)];
  });
}

const ofTools =
  /^(?:kubectl\.kubernetes\.io|app\.kubernetes\.io|(?:meta\.)?helm\.sh|argocd\.argoproj\.io|[a-z]+\.toolkit\.fluxcd\.io)\//;

/** A remark for each of the fields that is set. */
export function withoutCounterpart(document: Document, reasons: Readonly<Record<string, string>>): readonly Remark[] {
  return Object.entries(reasons).flatMap(([field, reason]) =>
    isSet(document.spec[field]) ? [remark(document, `spec.${field}`, reason)] : [],
  );
}

/** Neither missing nor empty nor false. */
export function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return !Array.isArray(value) || value.length > 0;
}

/** What is no object where there should be a list of them. */
export function strayEntries(document: Document, place: string, value: unknown): readonly Remark[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [remark(document, place, 'is no list: left out')];
  return value.flatMap((each, at) =>
    typeof each === 'object' && each !== null
      ? []
      : [remark(document, `${place}[${at}]`, `${JSON.stringify(each)} is no object: left out`)],
  );
}

/** Without what is not there. */
export function defined(object: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/** Of any JSON; undefined: it has no name. */
export function documentOf(apiVersion: string, kind: string, object: Fields): Document | undefined {
  const metadata = fields(object.metadata);
  if (typeof metadata.name !== 'string' || metadata.name === '') return undefined;
  const namespace = typeof metadata.namespace === 'string' ? { namespace: metadata.namespace } : {};
  return {
    apiVersion,
    kind,
    metadata: {
      name: metadata.name,
      ...namespace,
      labels: texts(metadata.labels),
      annotations: texts(metadata.annotations),
      finalizers: strings(metadata.finalizers),
    },
    spec: fields(object.spec),
    data: fields(object.data),
    status: fields(object.status),
    called: `${kind} ${namespace.namespace === undefined ? '' : `${namespace.namespace}/`}${metadata.name}`,
  };
}

/** What should be texts alone; a number or a boolean that somebody forgot to quote is read as it is written. */
function texts(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(fields(value)).map(([key, each]) => [
    key,
    typeof each === 'object' && each !== null ? JSON.stringify(each) : String(each ?? ''),
  ]);
  return Object.fromEntries(entries);
}
