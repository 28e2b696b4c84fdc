/** What there is to be done, by name, and the queue that has it done while this controller leads. */
import type { Clock, Log } from '../platform/kubernetes/clock.js';
import { type Again, createWorkQueue, type WorkQueue, type WorkQueueStats } from '../platform/kubernetes/work-queue.js';

export type TaskName =
  | 'service' // gives a Service (`namespace/name`) its addresses, and takes them back
  | 'groups' // makes the VipGroups of an Eip be what they are to be
  | 'status' // writes the status of an Eip
  | 'aged' // takes back what a VipGroup says of agents that are silent
  | 'lease' // removes the Lease of a node's agent, where the node is gone
  | 'valid' // says on a VipGroup that it is wrong, or that it no longer is
  | 'bgp' // writes the status of a BgpConf or BgpPeer (`plural/name`), and takes OpenELB's finalizer off it
  | 'metallb' // makes our objects equal to MetalLB's, where those are followed
  | 'exclusions' // tells whom it concerns that other addresses are nobody's to have
  | 'waiting'; // has Services that lack an address looked at again

/** A name and the object's key, which is empty where a task is of no one object. */
export type Task = `${TaskName}/${string}`;

export interface Due {
  readonly task: Task;
  /** Absent: as soon as possible. Of several for one task the earliest counts. */
  readonly afterMs?: number;
}

export type Reconcilers = Readonly<Record<TaskName, (key: string) => Promise<Again | undefined>>>;

/** The one that a task names, done for its key. */
export function perform(reconcilers: Reconcilers, task: Task): Promise<Again | undefined> {
  const name = nameOf(task);
  return reconcilers[name](task.slice(name.length + 1));
}

function nameOf(task: Task): TaskName {
  return task.slice(0, task.indexOf('/')) as TaskName;
}

export interface TaskQueue {
  /** Nothing happens unless it is open. */
  add(due: Iterable<Due>): void;
  isOpen(): boolean;
  open(reconcilers: Reconcilers): void;
  /** Takes nothing more from now on; resolves when what is under way has ended. */
  close(): Promise<void>;
  /** Undefined unless it is open. */
  stats(): WorkQueueStats | undefined;
}

/** How many objects are reconciled at the same time: enough to hide the round trips to the API server. */
const concurrency = 16;

export function createTaskQueue({
  reconciled,
  clock,
  log,
}: {
  /** Told of each task that was done, or has failed. */
  readonly reconciled?: (task: TaskName, ms: number) => void;
  readonly clock: Clock;
  readonly log: Log;
}): TaskQueue {
  let queue: WorkQueue | undefined;
  return {
    add: (due) => {
      if (queue === undefined) return;
      for (const { task, afterMs } of due) {
        if (afterMs === undefined) queue.add(task);
        else queue.addAfter(task, afterMs);
      }
    },
    isOpen: () => queue !== undefined,
    open: (reconcilers) => {
      queue = createWorkQueue({
        reconcile: (task) => perform(reconcilers, task as Task),
        concurrency,
        clock,
        onDone: ({ key, tookMs }) => reconciled?.(nameOf(key as Task), tookMs),
        onError: (task, error, { attempts, retryMs }) => {
          log.warn('cannot bring an object in line, retrying', { task, error, attempts, retryMs: Math.round(retryMs) });
        },
      });
    },
    close: async () => {
      const own = queue;
      queue = undefined;
      await own?.close();
    },
    stats: () => queue?.stats(),
  };
}
