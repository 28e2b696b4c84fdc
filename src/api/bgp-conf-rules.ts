/** What the schema of a BgpConf cannot say. */
import { parseIp } from '../core/ip/address.js';
import { type BgpConf, bgpConfName } from './bgp-conf.js';
import { aliasAllowed, collector, isAliasName, sayUnlessAs, sayUnlessLasting, sayUnlessWithin } from './bgp-values.js';
import { communityOf } from './communities.js';
import type { Problem } from './problem.js';
import { shown } from './shown.js';

/** Problems of a BgpConf whose shape is right. */
export function bgpConfProblems({ spec }: BgpConf): readonly Problem[] {
  const { problems, say } = collector();
  const racks = Object.entries(spec.asPerRack ?? {});
  if (spec.as === undefined && racks.length === 0)
    say('spec.as', 'is missing: give the AS number of the nodes, such as 64512');
  sayUnlessAs(say, 'spec.as', spec.as);
  for (const [rack, as] of racks) sayUnlessAs(say, `spec.asPerRack.${rack}`, as);
  const id = spec.routerId;
  if (id !== undefined && id !== '' && (parseIp(id)?.family !== 4 || id === '0.0.0.0'))
    say('spec.routerId', `is ${shown(id)}: it is 32 bits, written as an IPv4 address such as 192.0.2.1; not 0.0.0.0`);
  sayUnlessWithin(say, 'spec.listenPort', spec.listenPort, [
    -1,
    65_535,
    '; 0: the default of 179, -1: nodes take no connections',
  ]);
  for (const [index, address] of (spec.listenAddresses ?? []).entries()) {
    if (parseIp(address) === undefined)
      say(`spec.listenAddresses[${index}]`, `is ${shown(address)}: it must be an IP address; 0.0.0.0 or :: for all`);
  }
  sayUnlessWithin(say, 'spec.gracefulRestart.restartTime', spec.gracefulRestart?.restartTime, [
    0,
    4095,
    ' seconds; 0: the default',
  ]);
  sayUnlessLasting(say, 'spec.drainWait', spec.drainWait, [0, 600_000_000, '0s to 10m']);
  for (const [name, text] of Object.entries(spec.communityAliases ?? {})) {
    const path = `spec.communityAliases.${name}`;
    if (!isAliasName(name))
      say(path, `has a name that is a community itself, or cannot be one of yours: use ${aliasAllowed}`);
    else if (communityOf(text) === undefined)
      say(path, `is ${shown(text)}: write 64512:100, 64512:1:2, rt:64512:100 or a well-known name such as no-export`);
  }
  return problems;
}

/** What is accepted, and is not, or not well, what its writer wants. */
export function bgpConfWarnings({ metadata, spec }: BgpConf): readonly Problem[] {
  const { problems, say } = collector();
  if (metadata.name !== bgpConfName)
    say('metadata.name', `is ${shown(metadata.name)}: only the BgpConf of the name ${bgpConfName} has an effect`);
  if (spec.policy !== undefined && spec.policy !== '')
    say('spec.policy', 'has no effect: use communities and advertise of the BgpPeers');
  for (const field of ['helperOnly', 'notificationEnabled', 'longlivedEnabled'] as const) {
    if (spec.gracefulRestart?.[field] === true)
      say(`spec.gracefulRestart.${field}`, 'has no effect: nodes announce routes, and keep none of routers');
  }
  return problems;
}
