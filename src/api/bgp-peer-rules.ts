/** What the schema of a BgpPeer cannot say. */

import { longestInterval, shortestInterval } from '../core/bfd/timing.js';
import { type Family, parseIp } from '../core/ip/address.js';
import { type BgpPeer, type BgpPeerSpec, defaultGateway } from './bgp-peer.js';
import {
  collector,
  communityProblem,
  hostAddress,
  isLinkLocal,
  numberOf,
  type Say,
  sayUnlessAs,
  sayUnlessLasting,
  sayUnlessWithin,
} from './bgp-values.js';
import { parseInterface } from './interface.js';
import { type LabelSelector, labelSelectorProblems } from './label-selector.js';
import type { Problem } from './problem.js';
import { shown } from './shown.js';

/** The octets that TCP-MD5 of Linux has room for: TCP_MD5SIG_MAXKEYLEN of linux/tcp.h. */
export const longestPassword = 80;

const forms = new Map<string, Family>([
  [defaultGateway, 4],
  [`${defaultGateway}:IPv4`, 4],
  [`${defaultGateway}:IPv6`, 6],
]);

/** The family of the default route whose gateway the text stands for; undefined when it stands for none. */
export function defaultGatewayFamily(text: string | undefined): Family | undefined {
  return text === undefined ? undefined : forms.get(text);
}

/**
 * Problems of a BgpPeer whose shape is right.
 *
 * @param aliases names of communities in the BgpConf; undefined: not known here, so that any name may be one
 */
export function bgpPeerProblems({ spec }: BgpPeer, aliases?: Readonly<Record<string, string>>): readonly Problem[] {
  const { problems, say } = collector();
  locationProblems(say, spec);
  asProblems(say, spec);
  passwordProblems(say, spec);
  sourceProblems(say, spec);
  timerProblems(say, spec);
  hopProblems(say, spec);
  bfdProblems(say, spec);
  for (const [index, each] of (spec.afiSafis ?? []).entries()) {
    const { afi = '', safi = '' } = each.config?.family ?? {};
    const path = `spec.afiSafis[${index}].config.family`;
    if (!['', 'AFI_IP', 'AFI_IP6'].includes(afi)) say(`${path}.afi`, `is ${shown(afi)}: it must be AFI_IP or AFI_IP6`);
    if (!['', 'SAFI_UNICAST'].includes(safi)) say(`${path}.safi`, `is ${shown(safi)}: it must be SAFI_UNICAST`);
  }
  const entries = spec.advertise ?? [];
  selectorProblems(say, 'spec.nodeSelector', spec.nodeSelector);
  selectorsProblems(say, 'spec.nodeSelectors', spec.nodeSelectors);
  communityProblems(say, 'spec.communities', spec.communities, aliases);
  for (const [index, { eipSelector, nodeSelectors, communities }] of entries.entries()) {
    selectorProblems(say, `spec.advertise[${index}].eipSelector`, eipSelector);
    selectorsProblems(say, `spec.advertise[${index}].nodeSelectors`, nodeSelectors);
    communityProblems(say, `spec.advertise[${index}].communities`, communities, aliases);
  }
  return problems;
}

function selectorProblems(say: Say, at: string, selector: LabelSelector | undefined): void {
  for (const { path, message } of labelSelectorProblems(at, selector)) say(path, message);
}

function selectorsProblems(say: Say, at: string, selectors: readonly LabelSelector[] = []): void {
  for (const [index, selector] of selectors.entries()) selectorProblems(say, `${at}[${index}]`, selector);
}

function communityProblems(
  say: Say,
  path: string,
  texts: readonly string[] | undefined,
  aliases: Readonly<Record<string, string>> | undefined,
): void {
  for (const [index, text] of (texts ?? []).entries()) {
    const wrong = communityProblem(text, aliases);
    if (wrong !== undefined) say(`${path}[${index}]`, wrong);
  }
}

function locationProblems(say: Say, { conf = {} }: BgpPeerSpec): void {
  const { neighborAddress: text = '', neighborInterface: nic = '' } = conf;
  const path = 'spec.conf.neighborAddress';
  const choice = nic === '' ? undefined : parseInterface(nic);
  if (choice !== undefined && choice.by !== 'name' && choice.by !== 'names') {
    const reason = choice.by === 'nothing' ? choice.reason : `is ${shown(nic)}: name the NIC, like eth0 or eth0,eno*`;
    say('spec.conf.neighborInterface', reason);
  }
  if (text === '') {
    if (nic !== '') return;
    const message = `is missing: give the router's address, ${defaultGateway} for the gateway of the nodes' default route, or spec.conf.neighborInterface`;
    say(path, message);
    return;
  }
  if (forms.has(text)) {
    if (nic !== '')
      say('spec.conf.neighborInterface', `is ${shown(nic)}, but ${text} is found by the route: leave it out`);
    return;
  }
  const address = hostAddress(text);
  if (address === undefined) {
    say(path, `is ${shown(text)}: it must be the IP address of a router, ${defaultGateway} or ${defaultGateway}:IPv6`);
  } else if (isLinkLocal(address) && choice?.by !== 'name') {
    say(
      'spec.conf.neighborInterface',
      `is ${nic === '' ? 'missing' : shown(nic)}: a link-local address is on one NIC: name it`,
    );
  }
}

function asProblems(say: Say, { conf = {} }: BgpPeerSpec): void {
  const { peerAs, asType, localAs } = conf;
  if (asType !== undefined && peerAs !== undefined && peerAs !== 0) {
    say('spec.conf.asType', `is ${asType}, and spec.conf.peerAs is ${peerAs}: leave out one of them`);
  } else if (asType === undefined && (peerAs === undefined || peerAs === 0)) {
    say(
      'spec.conf.peerAs',
      'is missing: give the AS number of the router, or asType: external where any but ours will do',
    );
  } else sayUnlessAs(say, 'spec.conf.peerAs', peerAs === 0 ? undefined : peerAs);
  sayUnlessAs(say, 'spec.conf.localAs', localAs === 0 ? undefined : localAs);
}

function passwordProblems(say: Say, { conf = {} }: BgpPeerSpec): void {
  const { authPassword = '', passwordSecret } = conf;
  if (authPassword === '') return;
  const path = 'spec.conf.authPassword';
  if (passwordSecret !== undefined) {
    say(path, 'is set, and passwordSecret, too: leave out authPassword');
    return;
  }
  const wrong = passwordProblem(authPassword);
  if (wrong !== undefined) say(path, wrong);
}

/** What is wrong with a password of TCP-MD5, in words that do not show it; undefined when nothing is. */
export function passwordProblem(password: string): string | undefined {
  if (password === '') return 'is empty: it must have 1 to 80 bytes';
  if (/[\r\n]/.test(password)) {
    return 'has a line break, which is probably there by accident, and routers do not have: write it without (printf, not echo)';
  }
  const octets = new TextEncoder().encode(password).length;
  return octets > longestPassword
    ? `has ${octets} bytes: TCP-MD5 of Linux takes at most ${longestPassword}`
    : undefined;
}

function sourceProblems(say: Say, { conf = {}, sourceAddress: text = '' }: BgpPeerSpec): void {
  if (text === '') return;
  const [before, length] = text.split('/');
  const address = parseIp(before!);
  const most = address?.family === 6 ? 128 : 32;
  const isBlock = length !== undefined;
  if (
    address === undefined ||
    (isBlock && !(/^\d{1,3}$/.test(length) && Number(length) <= most)) ||
    text.split('/').length > 2
  ) {
    say(
      'spec.sourceAddress',
      `is ${shown(text)}: it must be an IP address of the node, or a CIDR block that one is in`,
    );
    return;
  }
  const router = defaultGatewayFamily(conf.neighborAddress) ?? parseIp(conf.neighborAddress ?? '')?.family;
  if (router !== undefined && router !== address.family)
    say(
      'spec.sourceAddress',
      `is ${shown(text)}, but the router has an IPv${router} address: a session has two of one family`,
    );
  if (!isBlock && text === conf.neighborAddress)
    say(
      'spec.conf.neighborAddress',
      `is ${shown(text)}, which spec.sourceAddress has, too: a node is not its own router`,
    );
}

type Timer = 'holdTime' | 'connectRetry' | 'keepaliveInterval' | 'minimumAdvertisementInterval';

function timerProblems(say: Say, { timers }: BgpPeerSpec): void {
  const config = timers?.config ?? {};
  const check = (field: Timer, isRight: (seconds: number) => boolean, allowed: string) => {
    const text = config[field];
    if (text === undefined || text === '') return;
    const seconds = numberOf(text);
    if (seconds === undefined || !isRight(seconds))
      say(`spec.timers.config.${field}`, `is ${shown(text)}: it is a number of seconds as text, ${allowed}`);
  };
  const upTo = (seconds: number) => seconds <= 65_535;
  check(
    'holdTime',
    (seconds) => upTo(seconds) && (seconds === 0 || seconds >= 3),
    '"0" for the default, or "3" to "65535"',
  );
  check('connectRetry', upTo, '"0" for the default, or "1" to "65535"');
  check('keepaliveInterval', upTo, 'up to "65535"');
  check('minimumAdvertisementInterval', upTo, 'up to "65535"');
}

function hopProblems(say: Say, { ebgpMultihop, transport, gracefulRestart }: BgpPeerSpec): void {
  const hops = ebgpMultihop?.multihopTtl;
  sayUnlessWithin(say, 'spec.ebgpMultihop.multihopTtl', hops, [0, 255, '; 0: the default of 255']);
  sayUnlessWithin(say, 'spec.transport.remotePort', transport?.remotePort, [0, 65_535, '; 0: the default of 179']);
  const restartTime = gracefulRestart?.restartTime;
  sayUnlessWithin(say, 'spec.gracefulRestart.restartTime', restartTime, [0, 4095, ' seconds; 0: the default']);
}

function bfdProblems(say: Say, { bfd }: BgpPeerSpec): void {
  for (const field of ['receiveInterval', 'transmitInterval'] as const)
    sayUnlessLasting(say, `spec.bfd.${field}`, bfd?.[field], [
      shortestInterval,
      longestInterval,
      '50ms to 60s, usually 300ms',
    ]);
}

/** What is accepted, and is not, or not well, what its writer wants. */
export function bgpPeerWarnings({ spec }: BgpPeer): readonly Problem[] {
  const { problems, say } = collector();
  const { conf = {}, transport = {} } = spec;
  if (conf.authPassword !== undefined && conf.authPassword !== '')
    say('spec.conf.authPassword', 'is a password that whoever may read BgpPeers can read: use passwordSecret');
  const without = (path: string, value: unknown) => {
    if (value !== undefined && value !== '' && value !== 0 && value !== false) say(path, 'has no effect: leave it out');
  };
  without('spec.conf.vrf', conf.vrf);
  without('spec.conf.replacePeerAs', conf.replacePeerAs);
  without('spec.transport.remoteAddress', transport.remoteAddress);
  without('spec.transport.tcpMss', transport.tcpMss);
  return problems;
}
