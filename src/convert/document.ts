/** The objects that are converted, and what is said about them. */

/** An object of the input. Its contents are anybody's guess: what is read is checked. */
export interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Fields;
  readonly data: Fields;
  readonly status: Fields;
  /** What it is called in remarks: `IPAddressPool metallb-system/lan`. */
  readonly called: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** One of our objects, or a Service. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly spec: object;
}

/** Something that has no counterpart, or that a person should look at. `field` is empty for the whole object. */
export interface Remark {
  readonly object: string;
  readonly field: string;
  readonly message: string;
}

/** What becomes of some documents. */
export interface Converted {
  readonly manifests: readonly Manifest[];
  readonly remarks: readonly Remark[];
  /** What keeps a manifest from being applied as it is. */
  readonly problems?: readonly Remark[];
}

/** What the person who converts has chosen. */
export interface Choices {
  /** For pools that were announced on a LAN. */
  readonly protocol: 'layer2' | 'vip';
  /** For pools whose origin names none. */
  readonly interface?: string;
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

/** A remark for each of the fields that is set. */
export function withoutCounterpart(document: Document, reasons: Readonly<Record<string, string>>): readonly Remark[] {
  return Object.entries(reasons).flatMap(([field, reason]) =>
    isSet(document.spec[field]) ? [remark(document, `spec.${field}`, reason)] : [],
  );
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return !Array.isArray(value) || value.length > 0;
}
