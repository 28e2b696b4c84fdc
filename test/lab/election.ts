import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { EngineReport } from '../../src/agent/engine/messages.js';
import { eventually } from './eventually.js';
import type { Host } from './host.js';
import type { Node } from './node.js';
import { type Prober, startProber } from './prober.js';
import { outageOf, type Silence, silencesOf } from './silence.js';

/** Nodes that elect who holds an address, and a client of it. */
export interface Election {
  readonly client: Host;
  readonly nodes: readonly Node[];
  readonly vip: string;
}

/** What the agent on a node says of itself, by `openelb-vip status --local`. */
export async function askNode(node: Node): Promise<EngineReport> {
  const main = join(projectRoot(), 'dist', 'main.js');
  const args = [main, 'status', '--local', '--json', `--node-name=${node.name}`];
  return JSON.parse(await node.host.run(process.execPath, args)) as EngineReport;
}

/** Waits until one node holds the address and every other one stands by, as their agents say; the one that holds it. */
export function settledLeader(election: Election, withinMs = 20_000): Promise<Node> {
  const { nodes, vip } = election;
  let last = '';
  return eventually(
    `one node holding ${vip} and ${nodes.length - 1} standing by`,
    async () => {
      const members = await Promise.all(nodes.map(async (node) => (await askNode(node)).members));
      last = nodes.map(({ name }, i) => `${name}: ${JSON.stringify(members[i])}`).join('\n');
      const group = members.flat().find(({ held }) => held.includes(vip))?.group;
      const states = members.map((each) => each.find((member) => member.group === group)?.state);
      const whole =
        states.filter((state) => state === 'Active').length === 1 &&
        states.every((state) => state === 'Active' || state === 'Backup');
      return whole ? nodes[states.indexOf('Active')] : undefined;
    },
    { withinMs, onTimeout: () => last },
  );
}

/** Heals every cable and starts every agent that has ended, then waits for the group to be whole. */
export async function everybodyIsBack(election: Election): Promise<Node> {
  for (const node of election.nodes) {
    await node.host.cable.heal();
    if (!node.agent().running()) node.startAgent();
  }
  return settledLeader(election);
}

/** What a client saw of a fault. */
export interface Observation {
  readonly outage: Silence | undefined;
  /** What the outage consists of. */
  readonly silences: readonly Silence[];
  /** The node that led when the fault began, and the one that answered last. */
  readonly before: Node;
  readonly after: Node;
}

/**
 * Runs `fault` on the leader of a whole group while the client asks `perSecond` times a second, and half a second longer.
 * @throws AssertionError when the client is not answered in the end: no test may take an outage that lasts for one that is over
 */
export async function during(
  election: Election,
  fault: (leader: Node, prober: Prober) => Promise<void>,
  perSecond = 1000,
): Promise<Observation> {
  const leader = await everybodyIsBack(election);
  const prober = startProber(election.client, election.vip, perSecond);
  try {
    await prober.answered();
    await wait(300);
    await fault(leader, prober);
    await wait(500);
  } finally {
    await prober.stop();
  }
  const after = election.nodes.find(({ name }) => name === prober.lastAnswerBy())!;
  const probes = prober.probes();
  const outage = outageOf(probes);
  assert.ok(
    outage === undefined || outage.to !== undefined,
    `${election.vip} is silent, ${outage?.lost} probes are lost, the last answer was of ${outage?.before}`,
  );
  return { outage, silences: silencesOf(probes), before: leader, after };
}

/** Waits for an answer to the client from another node. */
export async function answeredByAnother(prober: Prober, than: Node, withinMs = 20_000): Promise<void> {
  await eventually(
    `an answer from another node than ${than.name}`,
    async () => (await prober.answered(withinMs)).by !== than.name,
    { withinMs },
  );
}
