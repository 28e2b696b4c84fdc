// The command line of scripts/playground. Plain JavaScript with nothing but Node.js, so that it is read before anything is installed.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export const usage = `Usage: scripts/playground [--once] [--mode vip|layer2|bgp] [--interval DURATION]

Three nodes and a client as network namespaces, an API server, the controller with its webhook, and three agents: asks for a
virtual address, shows who answers for it, cuts its leader's cable and says how long nobody answered. In mode bgp a router is
there as well: it spreads requests over the nodes, and one is drained before another's cable is cut. Then stays up for you to
play, until Ctrl-C. Needs root.

  --once               run unattended and end with one line of JSON on stdout
  --mode MODE          vip: the leader has the address on its NIC (default); layer2: it only answers for it; bgp: every node
                       tells a router (BIRD) of it
  --interval DURATION  the advertisement interval, 10ms to 40.95s in steps of 10ms (default 250ms); not in mode bgp
  --help               print this, and do nothing else

KUBEBUILDER_ASSETS names a folder with kube-apiserver and etcd; without it a small API server takes their place.
`;

/**
 * Reads the command line, and what the environment says of the API server. Whether the interval is one is not said here.
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function parsePlaygroundOptions(args, env) {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        mode: { type: 'string', default: 'vip' },
        interval: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    return { wrong: error.message };
  }
  if (values.help) return 'help';
  const { once, mode } = values;
  if (mode !== 'vip' && mode !== 'layer2' && mode !== 'bgp')
    return { wrong: `--mode ${mode}: there is vip, layer2 and bgp` };
  if (mode === 'bgp' && values.interval !== undefined)
    return { wrong: '--interval is of adverts, and nodes send none in mode bgp: leave it out' };
  const interval = values.interval ?? '250ms';
  const wrong = wrongAssets(env.KUBEBUILDER_ASSETS);
  return wrong === undefined ? { once, mode, interval } : { wrong };
}

/** What is wrong with the folder of a real API server. None is asked for without a name. */
function wrongAssets(folder) {
  if (!folder) return undefined;
  const remedy = 'name a folder with kube-apiserver and etcd, or unset it';
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    return `KUBEBUILDER_ASSETS=${folder}: there is no such folder: ${remedy}`;
  const missing = ['kube-apiserver', 'etcd'].filter((name) => !isProgram(join(folder, name)));
  return missing.length === 0
    ? undefined
    : `KUBEBUILDER_ASSETS=${folder}: no program ${missing.join(' and no program ')} in it: ${remedy}`;
}

function isProgram(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && (found.mode & 0o111) !== 0;
}
