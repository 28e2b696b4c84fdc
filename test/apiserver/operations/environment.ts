import type { Admit } from '../admission/attributes.js';
import type { Resource, Surroundings, Version } from '../kinds/resource.js';
import type { Allocations } from '../kinds/service-allocation.js';
import type { Schema } from '../schema/schema.js';
import type { Store } from '../storage/store.js';

/** What every operation works on. `now` is a wall clock in milliseconds. */
export interface Environment {
  readonly store: Store;
  readonly registry: Registry;
  readonly allocations: Allocations;
  readonly now: () => number;
  readonly randomUid: () => string;
  readonly admit: Admit;
}

/** The resources that are served now. */
export interface Registry {
  resources(): readonly Resource[];
  find(group: string, version: string, plural: string): { resource: Resource; version: Version } | undefined;
  readonly metadataSchema: Schema;
}

/** What a request is about, in which version, and how it is meant. */
export interface Target {
  readonly resource: Resource;
  readonly version: Version;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** How a write is meant. Warnings for the client are added to `warnings`. */
export interface WriteOptions {
  readonly fieldManager: string;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  readonly dryRun: boolean;
  readonly warnings: string[];
}

export function timestamp(environment: Environment): string {
  return new Date(environment.now()).toISOString().replace(/\.\d+Z$/, 'Z');
}

export function surroundings(environment: Environment): Surroundings {
  return {
    now: timestamp(environment),
    allocations: environment.allocations,
  };
}

export const keyOf = (namespace: string | undefined, name: string) => (namespace ? `${namespace}/${name}` : name);
