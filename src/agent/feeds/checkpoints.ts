/** What the cluster said last, kept in files: for a start while the API server does not answer. */
import { describeError, type Logger } from '../../platform/observability/log.js';
import type { Agent } from '../agent.js';
import type { BgpManager } from '../bgp/manager.js';
import { bgpCheckpointPath, loadBgpCheckpoint, saveBgpCheckpoint } from '../sources/bgp-checkpoint.js';
import { checkpointPath, loadCheckpoint, saveCheckpoint } from '../sources/checkpoint.js';
import { type CheckpointWriter, createCheckpointWriter } from '../sources/checkpoint-writer.js';
import type { GroupSource } from '../sources/group-source.js';

export interface Checkpoints {
  readonly path: string;
  readonly bgpPath: string;
  readonly groups: CheckpointWriter<Parameters<typeof saveCheckpoint>[1]>;
  readonly bgp: CheckpointWriter<Parameters<typeof saveBgpCheckpoint>[1]>;
}

export function checkpointsIn(directory: string, node: string, log: Logger): Checkpoints {
  const path = checkpointPath(directory, node);
  const bgpPath = bgpCheckpointPath(directory, node);
  return {
    path,
    bgpPath,
    groups: createCheckpointWriter({ path, what: 'the groups', write: saveCheckpoint, log }),
    bgp: createCheckpointWriter({
      path: bgpPath,
      what: 'the BgpConf and the BgpPeers',
      write: saveBgpCheckpoint,
      log,
    }),
  };
}

/** When the checkpoint was saved that the agent goes by now; undefined when it goes by none. */
export async function startFromCheckpoint(o: {
  readonly checkpoints: Checkpoints;
  readonly source: Pick<GroupSource, 'problem'>;
  readonly agent: Agent;
  readonly bgp: BgpManager;
  readonly log: Logger;
}): Promise<string | undefined> {
  const { source, agent, bgp, log } = o;
  const { path, bgpPath } = o.checkpoints;
  const problem = source.problem() ?? 'no answer yet';
  try {
    const [checkpoint, objects] = await Promise.all([loadCheckpoint(path), loadBgpCheckpoint(bgpPath)]);
    if (agent.configured()) return undefined;
    if (checkpoint === undefined) {
      log.warn('the API server is unreachable and there is no checkpoint: waiting for it', { problem });
      return undefined;
    }
    const { savedAt, groups } = checkpoint;
    log.warn('the API server is unreachable: starting from the checkpoint', {
      problem,
      path,
      savedAt,
      groups: groups.size,
    });
    agent.apply(groups);
    if (objects !== undefined) bgp.configure(objects);
    bgp.groups(groups);
    return savedAt;
  } catch (error) {
    log.error('the API server is unreachable and the checkpoint is no help: waiting', {
      problem,
      error: describeError(error),
    });
    return undefined;
  }
}
