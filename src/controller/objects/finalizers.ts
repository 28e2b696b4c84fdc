/** OpenELB's finalizers: taken off everything that has them, so that no deletion waits for a program that is gone. */
import { openelbFinalizers } from '../../api/annotations.js';
import type { Metadata } from '../../api/metadata.js';

/** The finalizers that stay, or undefined when none of OpenELB's is there. */
export function finalizersToKeep({ finalizers = [] }: Metadata): readonly string[] | undefined {
  const rest = finalizers.filter((each) => !openelbFinalizers.includes(each));
  return rest.length === finalizers.length ? undefined : rest;
}
