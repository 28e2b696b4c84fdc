/** The label on a Service that names the Eip its addresses came from. */
import { hashText } from '../../core/placement/rendezvous.js';

/** What Kubernetes accepts as the value of a label, in characters; the name of an Eip may be longer. */
const longestValue = 63;

/** The value that stands for an Eip: its name, or where that is too long its beginning and a hash of the whole. */
export function originLabel(eip: string): string {
  if (eip.length <= longestValue) return eip;
  const mark = `-${hashText(eip).toString(36)}`;
  return `${eip.slice(0, longestValue - mark.length)}${mark}`;
}

/** The Eip that a label stands for; the label itself when none of `eips` is meant. */
export function originOf(label: string, eips: Iterable<{ readonly name: string }>): string {
  if (label.length !== longestValue) return label;
  for (const { name } of eips) if (name.length > longestValue && originLabel(name) === label) return name;
  return label;
}
