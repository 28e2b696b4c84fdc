/** The subcommand `doctor`: whether a cluster is ready for what is about to be done with it. It changes nothing. */
import type { Command } from '../cli/command.js';
import type { FlagValues } from '../cli/flags.js';
import { kubeconfigFlag } from '../cli/shared-flags.js';
import { openClient } from '../platform/kubernetes/client.js';
import { loadConnection } from '../platform/kubernetes/connection.js';
import { describeError } from '../platform/observability/describe-error.js';
import { readCluster } from './read.js';
import { exitCodeOf, reportOf, reportText } from './report.js';

export const command: Command = {
  usage: 'openelb-vip doctor --migrate metallb',
  about:
    "Reads MetalLB's objects, Services and nodes from the API server, and says what would become of them with --metallb-objects of the controller, by the " +
    'decisions that the controller itself makes: which Service keeps its addresses, who announces them, what has no counterpart, what has to be done ' +
    'first. It changes nothing. Ends with 0 when all would be as it is; with 3 when no Service loses an address, but not all would be as it was; ' +
    'with 1 when something has to be done first, or could not be read.',
  flags: [
    kubeconfigFlag,
    {
      name: 'migrate',
      type: 'string',
      value: 'metallb',
      help: 'From which load balancer. Required.',
      check: (text) => (text === 'metallb' ? undefined : 'it must be metallb; for others there is openelb-vip convert'),
    },
    {
      name: 'metallb-namespace',
      type: 'string',
      value: 'NAME',
      default: 'metallb-system',
      help: "Where MetalLB's objects and its programs are.",
    },
    {
      name: 'namespace',
      type: 'string',
      value: 'NAME',
      default: 'openelb-system',
      help: 'Where our programs run, if they do already: their agents say which addresses are those of routers.',
    },
  ],
  run,
};

async function run(values: FlagValues): Promise<number> {
  if (values.migrate === undefined || values.migrate === '') {
    process.stderr.write('openelb-vip doctor: --migrate is missing: write --migrate metallb\n');
    return 2;
  }
  try {
    const kubeconfig = values.kubeconfig as string | undefined;
    const client = openClient(await loadConnection({ kubeconfig, env: process.env }));
    try {
      const places = { metallbNamespace: String(values['metallb-namespace']), namespace: String(values.namespace) };
      const report = reportOf(await readCluster(client, places), Date.now());
      process.stdout.write(reportText(report));
      return exitCodeOf(report);
    } finally {
      client.close();
    }
  } catch (error) {
    process.stderr.write(`openelb-vip doctor: ${describeError(error)}\n`);
    return 1;
  }
}
