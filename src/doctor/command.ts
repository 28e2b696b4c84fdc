/** The subcommand `doctor`: what is wrong on a node or in a cluster, or would be after a migration. It changes nothing. */
import type { Command } from '../cli/command.js';
import type { FlagValues } from '../cli/flags.js';
import { paintFor } from '../cli/paint.js';
import { endWithReader } from '../cli/reader-gone.js';
import { kubeconfigFlag } from '../cli/shared-flags.js';
import { openClient } from '../platform/kubernetes/client.js';
import { type Connection, loadConnection } from '../platform/kubernetes/connection.js';
import { describeError } from '../platform/observability/describe-error.js';
import { programVersion } from '../platform/observability/program-version.js';
import { namespaceFlag, nodeNameOf } from '../status/local.js';
import { bundleText } from './bundle.js';
import { type Examined, examine } from './examine.js';
import { exitCodeOf } from './finding.js';
import { moreForReport } from './more-for-report.js';
import { findingsText } from './text.js';
import { writeReport } from './write-report.js';

export const command: Command = {
  usage: 'openelb-vip doctor [FLAGS]',
  about:
    'Says what is wrong, and what to do about it, of the cluster whose API server it is given, and of the node that it runs on, where there is an agent. On a ' +
    'node it really tries: it sends to the other members by multicast and by unicast, asks them from a MAC that is not that of the NIC, and listens ' +
    'to who else is there, for some seconds; it changes nothing. With --migrate metallb: what would become of MetalLB with --metallb-objects of the controller, ' +
    'by the decisions that the controller itself makes. Ends with 0 when all is fine, or would be as it is; with 3 when there are warnings, or not all ' +
    'would be as it was; with 1 when there are problems, something has to be done first, or nobody could be asked.',
  flags: [
    kubeconfigFlag,
    { name: 'local', type: 'boolean', help: 'Examine this node only, without an API server.' },
    {
      name: 'node-name',
      env: 'NODE_NAME',
      type: 'string',
      value: 'NAME',
      help: 'The node name of the agent on this host, if it is not the host name.',
    },
    {
      name: 'report',
      type: 'string',
      value: 'FILE',
      help: 'Write all that was found and seen into this file, as JSON, for a bug report: without Secrets, passwords and tokens. Packed where the name ends in .gz.',
    },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      value: 'text|json',
      default: 'text',
      help: 'The findings as text, or as a list of objects with check, severity, where, what and remedy.',
      check: (text) => (['text', 'json'].includes(text) ? undefined : 'it must be text or json'),
    },
    {
      name: 'migrate',
      type: 'string',
      value: 'metallb',
      help: 'From which load balancer.',
      check: (text) => (text === 'metallb' ? undefined : 'it must be metallb; for others there is openelb-vip convert'),
    },
    {
      name: 'metallb-namespace',
      type: 'string',
      value: 'NAME',
      default: 'metallb-system',
      help: "With --migrate metallb: where MetalLB's objects and its programs are.",
    },
    namespaceFlag,
  ],
  run,
};

async function run(values: FlagValues): Promise<number> {
  endWithReader(process.stdout);
  try {
    return await (values.migrate === undefined || values.migrate === '' ? examineAll(values) : migrate(values));
  } catch (error) {
    process.stderr.write(`openelb-vip doctor: ${describeError(error)}\n`);
    return 1;
  }
}

async function examineAll(values: FlagValues): Promise<number> {
  const { connection, why } = values.local === true ? { connection: undefined, why: '' } : await connectionOf(values);
  const examined = await examine({
    node: nodeNameOf(values),
    nodeWanted: values.local === true || connection === undefined,
    connection,
    namespace: String(values.namespace),
  });
  if (connection === undefined && values.local !== true)
    process.stderr.write(`openelb-vip doctor: only this node is examined: ${why}\n`);
  const { findings } = examined;
  process.stdout.write(
    values.output === 'json'
      ? `${JSON.stringify(findings)}\n`
      : findingsText(findings, paintFor(process.stdout, process.env)),
  );
  if (values.report !== undefined) await report(String(values.report), examined, values, connection);
  return exitCodeOf(findings);
}

/** Undefined where no cluster is named, which is well on a node without one. */
async function connectionOf(
  values: FlagValues,
): Promise<{ readonly connection: Connection | undefined; readonly why: string }> {
  try {
    const kubeconfig = values.kubeconfig as string | undefined;
    return { connection: await loadConnection({ kubeconfig, env: process.env }), why: '' };
  } catch (error) {
    if (values.kubeconfig !== undefined) throw error;
    return { connection: undefined, why: describeError(error) };
  }
}

async function report(
  path: string,
  { findings, node, cluster }: Examined,
  values: FlagValues,
  connection: Connection | undefined,
): Promise<void> {
  const more = await moreForReport(nodeNameOf(values), String(values.namespace), connection);
  const version = { ...programVersion(), node: process.version, platform: `${process.platform}/${process.arch}` };
  const text = bundleText({ at: new Date().toISOString(), version, findings, node, cluster, more });
  try {
    await writeReport(path, text);
  } catch (cause) {
    throw new Error(`--report ${path} cannot be written: name a file in a folder that you may write to`, { cause });
  }
  process.stderr.write(`openelb-vip doctor: ${path} has the report: read it before you pass it on\n`);
}

async function migrate(values: FlagValues): Promise<number> {
  // What the controller decides by is loaded only where it is needed.
  const [{ readCluster }, { exitCodeOf: codeOf, reportOf, reportText }] = await Promise.all([
    import('./migration/read.js'),
    import('./migration/report.js'),
  ]);
  const kubeconfig = values.kubeconfig as string | undefined;
  const client = openClient(await loadConnection({ kubeconfig, env: process.env }));
  try {
    const places = { metallbNamespace: String(values['metallb-namespace']), namespace: String(values.namespace) };
    const found = reportOf(await readCluster(client, places), Date.now());
    process.stdout.write(reportText(found));
    return codeOf(found);
  } finally {
    client.close();
  }
}
