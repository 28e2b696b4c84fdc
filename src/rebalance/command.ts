/** The subcommand `rebalance`: asks the controller to bring an Eip's groups back to their preferred leaders. */
import { group, rebalanceAnnotation, version } from '../api/annotations.js';
import type { Command } from '../cli/command.js';
import type { FlagValues } from '../cli/flags.js';
import { kubeconfigFlag } from '../cli/shared-flags.js';
import { isAbsent } from '../platform/kubernetes/api-error.js';
import { openClient } from '../platform/kubernetes/client.js';
import { loadConnection } from '../platform/kubernetes/connection.js';
import type { Resource } from '../platform/kubernetes/resource.js';
import { describeError } from '../platform/observability/log.js';

const eips: Resource = { group, version, plural: 'eips', kind: 'Eip', namespaced: false };

export const command: Command = {
  usage: 'openelb-vip rebalance --eip NAME',
  about:
    'Has the groups of an Eip brought back to their preferred leaders, one by one and without loss, after failovers or when nodes ' +
    `came and went: writes the annotation ${rebalanceAnnotation}, which the controller takes away at the end. Does not wait for that.`,
  flags: [kubeconfigFlag, { name: 'eip', type: 'string', value: 'NAME', help: 'The Eip. Required.' }],
  run,
};

async function run(values: FlagValues): Promise<number> {
  const eip = values.eip as string | undefined;
  if (eip === undefined || eip === '') {
    process.stderr.write('openelb-vip rebalance: --eip is missing: name the Eip, as in --eip pool\n');
    return 2;
  }
  try {
    const connection = await loadConnection({
      kubeconfig: values.kubeconfig as string | undefined,
      env: process.env,
    });
    const client = openClient(connection);
    try {
      await client.mergePatch(eips, eip, { metadata: { annotations: { [rebalanceAnnotation]: 'true' } } });
    } finally {
      client.close();
    }
    process.stdout.write(`asked for: kubectl describe eip ${eip} tells the outcome\n`);
    return 0;
  } catch (error) {
    const missing = `there is no Eip ${eip}: kubectl get eip lists them`;
    process.stderr.write(`openelb-vip rebalance: ${isAbsent(error) ? missing : describeError(error)}\n`);
    return 1;
  }
}
