import type { Service } from '../objects/builtin-objects.js';

/** What tells a Service from all others: one that was made anew under a name is another. */
export function idOf({ metadata }: Service): string {
  return metadata.uid ?? `${metadata.namespace}/${metadata.name}`;
}
