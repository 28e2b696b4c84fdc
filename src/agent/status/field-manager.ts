import { hashText } from '../../core/placement/rendezvous.js';

/** What an API server takes as a field manager's name, in characters. Source: Kubernetes, apimachinery meta/v1 validation. */
const longest = 128;

/** As whom the agent of a node writes, of its own for each of its `parts`; other than on every other node. */
export function agentFieldManager(node: string, part?: 'bgp'): string {
  const name = ['openelb-agent', ...(part === undefined ? [] : [part]), node].join('-');
  if (name.length <= longest) return name;
  const mark = `_${hashText(node).toString(36)}`;
  return `${name.slice(0, longest - mark.length)}${mark}`;
}
