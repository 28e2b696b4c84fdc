import type { Host } from '../host.js';
import { birdConfiguration } from './bird-configuration.js';
import { forwarding } from './forwarding.js';
import { answering, residentBytes, routerFolder, startDaemon, stopAll, writeConfiguration } from './program.js';
import type { Router } from './router.js';
import { familyOf, type Neighbor, type OwnConfiguration, type Path, type RouterSettings } from './settings.js';

/** Starts BIRD 2 on a host; ready when it answers. */
export async function startBird(
  labFolder: string,
  host: Host,
  settings: RouterSettings | OwnConfiguration,
): Promise<Router> {
  const folder = routerFolder(labFolder, host, 'bird');
  const lines = 'lines' in settings ? settings.lines : birdConfiguration(host, settings);
  const file = writeConfiguration(`${folder}/bird.conf`, lines);
  await host.run('sysctl', ['-qw', ...forwarding]);
  const socket = `${folder}/bird.ctl`;
  const bird = startDaemon(host, 'bird', '/usr/sbin/bird', ['-f', '-c', file, '-s', socket, '-P', `${folder}/pid`]);
  const birdc = (...words: readonly string[]) => host.run('/usr/sbin/birdc', ['-s', socket, ...words]);
  await answering(bird, () => birdc('show', 'status'));
  return {
    kind: 'bird',
    host,
    processes: [bird],
    neighbors: async () => {
      const sessions = sessionsOf(await birdc('show', 'bfd', 'sessions'));
      return (await birdc('show', 'protocols', 'all'))
        .split(/\n(?=\S)/)
        .flatMap(neighborOf)
        .map((neighbor) => ({ ...neighbor, ...(sessions.get(neighbor.address) ?? {}) }));
    },
    paths: async (prefix) => {
      const table = `master${familyOf(prefix) === 'ipv6' ? 6 : 4}`;
      return pathsOf(await birdc('show', 'route', 'table', table, 'where', 'net', '=', prefix, 'all'));
    },
    ask: birdc,
    memory: () => residentBytes(bird.pid),
    stop: () => stopAll([bird]),
  };
}

/** One block of `show protocols all`; none of what is no BGP session with a certain neighbour. */
function neighborOf(block: string): readonly Neighbor[] {
  const field = (name: string) => new RegExp(`^\\s+${name}:\\s+(\\S.*)$`, 'm').exec(block)?.[1];
  const address = field('Neighbor address');
  const state = field('BGP state');
  if (address === undefined || state === undefined) return [];
  const imported = (family: string) =>
    Number(new RegExp(`Channel ${family}\\n(?:\\s{4}.*\\n)*?\\s+Routes:\\s+(\\d+) imported`).exec(block)?.[1] ?? 0);
  const lastError = field('Last error');
  return [
    {
      address: address.split('%')[0] ?? '',
      as: Number(field('Neighbor AS') ?? 0),
      state: state as Neighbor['state'],
      received: { ipv4: imported('ipv4'), ipv6: imported('ipv6') },
      ...(lastError === undefined ? {} : { lastError }),
    },
  ];
}

/** The lines of `show bfd sessions`, by address. */
function sessionsOf(text: string): ReadonlyMap<string, { readonly bfd: NonNullable<Neighbor['bfd']> }> {
  const lines = text.split('\n').map((line) => /^([0-9a-f.:]+)\s+\S+\s+(Up|Down|Init|AdminDown)\s/.exec(line));
  return new Map(
    lines.flatMap((found) => (found ? [[found[1] ?? '', { bfd: found[2] as Neighbor['bfd'] & string }]] : [])),
  );
}

/** The output of `show route … all`: a line for each path, and its attributes further in. */
function pathsOf(text: string): readonly Path[] {
  const paths = text.split(/\n(?=\S+\s+unicast \[|\s+unicast \[)/).filter((each) => /unicast \[/.test(each));
  return paths.map((path) => {
    const field = (name: string) => new RegExp(`BGP\\.${name}: (.*)$`, 'm').exec(path)?.[1] ?? '';
    const number = (name: string) => (field(name) === '' ? undefined : Number(field(name)));
    const localPreference = number('local_pref');
    const med = number('med');
    return {
      nextHop: field('next_hop').split(' ')[0] ?? '',
      from: /unicast \[\S+ \S+(?: from (\S+?))?\]/.exec(path)?.[1] ?? /^\s+via (\S+)/m.exec(path)?.[1] ?? '',
      asPath: field('as_path').split(' ').filter(Boolean).map(Number),
      communities: [...field('community').matchAll(/\((\d+),(\d+)\)/g)].map(([, high, low]) => `${high}:${low}`),
      ...(localPreference === undefined ? {} : { localPreference }),
      ...(med === undefined ? {} : { med }),
      used: /unicast \[[^\]]*\] \*/.test(path),
    };
  });
}
