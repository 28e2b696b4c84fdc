// Owns: the two spellings of an Event. Core's is the one that is stored.
// Source: kubernetes pkg/apis/events/v1/conversion.go.
import type { KubeObject } from '../object.js';

const spellings = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
] as const;

export function eventFromStored(object: KubeObject, apiVersion: string): KubeObject {
  return renamed({ ...object, apiVersion }, new Map(spellings));
}

export function eventToStored(object: KubeObject): KubeObject {
  return renamed({ ...object, apiVersion: 'v1' }, new Map(spellings.map(([core, events]) => [events, core])));
}

function renamed(object: KubeObject, names: ReadonlyMap<string, string>): KubeObject {
  return Object.fromEntries(
    Object.entries(object).map(([field, value]) => [names.get(field) ?? field, value]),
  ) as KubeObject;
}
