/** The subcommand `convert`: another load balancer's configuration in, our manifests out. */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import { stringify } from 'yaml';
import { parseInterface } from '../api/interface.js';
import type { Command } from '../cli/command.js';
import { convert } from './convert.js';
import { type Choices, type Document, type Manifest, remarkText } from './document.js';
import type { ConfFile } from './keepalived/convert.js';
import { isKeepalivedConf } from './keepalived/syntax.js';
import { readDocuments } from './read.js';

export const command: Command = {
  usage: 'openelb-vip convert [FLAGS] FILE…',
  about:
    "Reads another load balancer's configuration (- is standard input) and writes our manifests to standard output, and to " +
    'standard error what has no counterpart. It knows IPAddressPool, AddressPool, L2Advertisement, BGPAdvertisement, BGPPeer, BFDProfile, ' +
    "Community and the old ConfigMap of MetalLB, the ConfigMap of kube-vip's cloud provider, ServiceGroup and LBNodeAgent of PureLB, " +
    'CiliumLoadBalancerIPPool, CiliumL2AnnouncementPolicy, CiliumBGPClusterConfig, CiliumBGPPeerConfig, CiliumBGPAdvertisement and ' +
    "CiliumBGPPeeringPolicy of Cilium, OpenELB's objects of v1alpha1, and Services with the " +
    'annotations of these, which keep their addresses; of kube-vip itself its NIC, its mode and its routers. A keepalived.conf becomes VipGroups for machines without Kubernetes, with a member ' +
    'for each file: NODE.conf is of the machine NODE, keepalived.conf of this one. Ends with 0 when the result does ' +
    'what the input does; with 3 when it can be applied, but not all will be as it was: ' +
    'standard error says what (--allow-differences makes that 0); with 1 when something could not be ' +
    'read or the result needs a hand before it can be applied.',
  flags: [
    {
      name: 'protocol',
      type: 'string',
      value: 'layer2|vip|bgp',
      default: 'layer2',
      help:
        'How pools are announced that were announced on a LAN: by ARP and NDP alone, as addresses of the NIC, or to routers. Those that ' +
        'routers are told of already stay so.',
      check: (value) => (isProtocol(value) ? undefined : 'it must be layer2, vip or bgp'),
    },
    {
      name: 'interface',
      type: 'string',
      value: 'NIC',
      help: 'The NIC of pools whose origin names none: its name, or can_reach:IP for the NIC of the route to IP.',
      check: (value) => {
        const choice = parseInterface(value);
        return choice.by === 'nothing' ? choice.reason : undefined;
      },
    },
    {
      name: 'allow-differences',
      type: 'boolean',
      help: 'End with 0 although not all will be as it was. What is different is said all the same.',
    },
  ],
  positionals: 'FILE',
  async run(values, files) {
    const say = (line: string) => process.stderr.write(`${line}\n`);
    if (files.length === 0) {
      say('openelb-vip convert: no file: name files, or - for standard input');
      return 2;
    }
    const documents: Document[] = [];
    const confs: ConfFile[] = [];
    let failed = false;
    for (const file of files) {
      const from = file === '-' ? 'standard input' : file;
      const found = await content(file).catch((error: Error) => error);
      if (typeof found === 'string' && isKeepalivedConf(found)) {
        confs.push({ text: found, from, node: nodeOf(file) });
        continue;
      }
      const read =
        typeof found === 'string'
          ? readDocuments(found, from)
          : { ok: false as const, reason: `${from}: ${found.message}` };
      if (read.ok) documents.push(...read.documents);
      else say(`openelb-vip convert: ${read.reason}`);
      failed ||= !read.ok;
    }
    const { interface: nic, protocol } = values;
    const choices = {
      protocol: isProtocol(protocol) ? protocol : 'layer2',
      ...(typeof nic === 'string' ? { interface: nic } : {}),
    } as const;
    const result = convert(documents, choices, confs);
    for (const each of result.notes) say(`note: ${remarkText(each)}`);
    for (const each of result.remarks) say(remarkText(each));
    for (const each of result.problems) say(`cannot be applied yet: ${remarkText(each)}`);
    process.stdout.write(manifestsText(result.manifests));
    if (result.manifests.length === 0) say('openelb-vip convert: there was nothing to convert');
    if (failed || result.problems.length > 0 || result.manifests.length === 0) return 1;
    if (result.remarks.length === 0 || values['allow-differences'] === true) return 0;
    const count = result.remarks.length === 1 ? 'one thing' : `${result.remarks.length} things`;
    say(
      `openelb-vip convert: not all will be as it was: ${count}, named above (--allow-differences: end with 0 all the same)`,
    );
    return 3;
  },
};

/** The machine that a keepalived.conf is of. */
function nodeOf(file: string): string {
  const name = basename(file).replace(/\.conf$/, '');
  return file === '-' || name === 'keepalived' ? hostname().toLowerCase() : name;
}

function isProtocol(value: unknown): value is Choices['protocol'] {
  return value === 'layer2' || value === 'vip' || value === 'bgp';
}

/** As kubectl reads it: by YAML 1.1, where an unquoted yes is a boolean. */
export function manifestsText(manifests: readonly Manifest[]): string {
  return manifests.map((each) => stringify(each, { lineWidth: 120, version: '1.1' })).join('---\n');
}

function content(file: string): Promise<string> {
  return file === '-' ? text(process.stdin) : readFile(file, 'utf8');
}
