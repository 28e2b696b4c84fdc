/** The agent's figures for Prometheus. */
import { type Metrics, WrittenLabels } from '../platform/observability/metrics.js';
import { silenceBounds, silenceReasons } from './engine/election/silences.js';
import { latenessBounds } from './engine/lateness.js';
import { type EngineFigures, type GroupColumns, memberStates } from './engine/messages.js';
import type { GroupSource } from './sources/group-source.js';
import { type Place, places } from './supervisor.js';

/** What the engine's counters mean; each becomes `openelb_<name>_total`. */
const counterHelp: Readonly<Record<string, string>> = {
  adverts_sent: 'Adverts sent.',
  adverts_received: 'Adverts that counted.',
  adverts_received_message_checksum: 'Of those, version 3 over IPv4 with a checksum without pseudo-header.',
  adverts_received_untrusted: 'Of those, believed because not every member has an address yet.',
  adverts_received_unauthenticated: 'Of those, not signed as mode enforce will demand it.',
  adverts_for_others: 'Copies of unicast adverts for other members, whose MACs the sender did not know.',
  address_probes_sent: 'Questions whether somebody else has an address that is about to be held.',
  announcements_sent: 'Gratuitous ARP packets and unsolicited neighbour advertisements sent.',
  neighbor_answers_sent: 'ARP requests and neighbour solicitations answered (layer2).',
  send_failures: 'Frames that the kernel did not take.',
  foreign_addresses_removed:
    'Addresses that another program had left on the interface of a Backup, removed where a group says so.',
  leaderships_given_up: 'Leaderships given up because the kernel refused every address.',
  engine_events_dropped: 'Lines and sightings of the engine that were dropped since the main thread stood still.',
  liveness_questions_sent: 'Questions to leaders on other nodes whether they live.',
  liveness_questions_answered: 'Such questions of others that were answered.',
  liveness_answers_unasked: 'Answers to those who had asked for more than one, each interval for a second.',
  liveness_peers_proven: 'Times that a leader was found to answer such questions.',
  liveness_peers_unproven: 'Times that a leader was found not to answer any more while its adverts came.',
  liveness_peers_lost: 'Times that a leader neither advertised nor answered.',
  liveness_leaders_lost: 'Groups whose leader was given up for that.',
  liveness_socket_failures: 'Times that the kernel refused a socket for questions or answers.',
  bfd_packets_sent: 'BFD control packets sent.',
  bfd_packets_received: 'BFD control packets that counted.',
  bfd_packets_received_source_port: 'Of those, from a port that RFC 5881 does not provide for.',
  bfd_transitions_to_up: 'BFD sessions that came up.',
  bfd_transitions_to_down: 'BFD sessions that went down, or were never up and gave up a handshake.',
  bfd_overslept: 'Times that a silence of a BFD neighbour proved nothing, since the engine itself had slept.',
  bfd_send_failures: 'BFD control packets that the kernel did not take.',
  bfd_listen_failures: 'Times that the port of BFD could not be listened on.',
  rtnetlink_overruns: 'Times that rtnetlink events were lost and everything was read again.',
  rtnetlink_interruptions:
    'Times that interfaces and addresses changed all the while they were read, so that they were read again.',
  transitions_to_initialize: 'Groups that left the election.',
  transitions_to_backup: 'Groups that became Backup.',
  transitions_to_active: 'Groups that became Active: leaderships taken.',
};

/** What is asked at each scrape. */
interface Sources {
  readonly figures: () => Promise<EngineFigures>;
  /** Undefined at the start. */
  readonly source: () => Pick<GroupSource, 'problem' | 'refused' | 'silentMs'> | undefined;
  readonly errors: () => ReadonlyMap<Place, number>;
  readonly linesLost: () => number;
}

/** Registers the agent's metrics. */
export function registerAgentMetrics(metrics: Metrics, { figures, source, errors, linesLost }: Sources): void {
  const showSource = registerSource(metrics);
  const showCounts = registerCounts(metrics);
  const showGroups = registerGroups(metrics);
  const showTimes = registerTimes(metrics);
  const internal = metrics.counter(
    'openelb_internal_errors_total',
    'Errors of the agent itself, by place: defects of this program, which it has survived.',
  );
  const lines = metrics.counter(
    'openelb_log_lines_lost_total',
    'Lines of the log that could not be written: its reader does not read, or is gone, or the disk is full.',
  );
  const memory = metrics.gauge('openelb_resident_memory_bytes', 'Resident memory of the agent.');
  metrics.beforeText(async () => {
    showSource(source());
    lines.set({}, linesLost());
    for (const place of places) internal.set({ place }, errors().get(place) ?? 0);
    const now = await figures();
    showCounts(now);
    showGroups(now.groups);
    showTimes(now);
    memory.set({}, process.memoryUsage.rss());
  });
}

function registerSource(metrics: Metrics): (source: ReturnType<Sources['source']>) => void {
  const inTouch = metrics.gauge(
    'openelb_source_in_touch',
    'Whether the groups are known as their source has them now.',
  );
  const silence = metrics.gauge(
    'openelb_source_silence_seconds',
    'Since when the source of the groups (API server, manifests) said nothing; it is asked after 75 s at the latest.',
  );
  const refused = metrics.gauge(
    'openelb_source_refused',
    'Groups or manifests that are not followed because they are wrong.',
  );
  return (from) => {
    const silentMs = from?.silentMs();
    inTouch.set({}, from !== undefined && from.problem() === undefined ? 1 : 0);
    if (silentMs !== undefined) silence.set({}, silentMs / 1000);
    refused.set({}, from?.refused().length ?? 0);
  };
}

function registerCounts(metrics: Metrics): (now: EngineFigures) => void {
  const counters = new Map(
    Object.entries(counterHelp).map(([name, help]) => [name, metrics.counter(`openelb_${name}_total`, help)]),
  );
  const drops = metrics.counter('openelb_adverts_dropped_total', 'Received frames that did not count, by reason.');
  const unanswered = metrics.counter(
    'openelb_neighbor_unanswered_total',
    'ARP and NDP frames without an answer, by reason.',
  );
  const bfdDropped = metrics.counter('openelb_bfd_dropped_total', 'Datagrams of BFD that did not count, by reason.');
  return (now) => {
    for (const [name, counter] of counters) counter.set({}, now.counters[name] ?? 0);
    for (const [reason, count] of Object.entries(now.drops)) drops.set({ reason }, count);
    for (const [reason, count] of Object.entries(now.neighborDrops)) unanswered.set({ reason }, count);
    for (const [reason, count] of Object.entries(now.bfdDrops ?? {})) bfdDropped.set({ reason }, count);
  };
}

function registerTimes(metrics: Metrics): (now: EngineFigures) => void {
  const silences = metrics.histogram(
    'openelb_failover_silence_seconds',
    'From the last advert of the leader before to the first address that this node answers for, by why it took over.',
    silenceBounds.map((bound) => bound / 1e6),
  );
  const lateness = metrics.histogram(
    'openelb_engine_lateness_seconds',
    'How much later than they should adverts were sent and silences noticed.',
    latenessBounds.map((bound) => bound / 1e6),
  );
  const realTime = metrics.gauge(
    'openelb_engine_realtime',
    'Whether the system schedules the engine in real time, before all ordinary programs.',
  );
  return (now) => {
    for (const reason of silenceReasons) {
      const { counts, sum } = now.silences[reason];
      silences.set(counts, sum / 1e6, { reason });
    }
    lateness.set(now.lateness.counts, now.lateness.sum / 1e6);
    realTime.set({}, now.scheduling?.policy === 'SCHED_RR' ? 1 : 0);
  };
}

function registerGroups(metrics: Metrics): (now: GroupColumns) => void {
  const state = metrics.column(
    'gauge',
    'openelb_group_state',
    'State of this node in a group: 1 for the one it is in.',
  );
  const hindered = metrics.gauge(
    'openelb_group_reasons',
    'Why this node takes no part in a group, or only in part: how many reasons of each kind there are.',
  );
  const priority = metrics.column('gauge', 'openelb_group_priority', 'VRRP priority of this node in a group.');
  const held = metrics.column('gauge', 'openelb_group_addresses_held', 'Virtual addresses this node answers for.');
  const led = metrics.column(
    'gauge',
    'openelb_group_led',
    'Whether this node leads a group, or hears adverts of who does: 1 or 0.',
  );
  const leaderships = metrics.column(
    'counter',
    'openelb_group_leaderships_total',
    'Times that this node came to lead a group, since it knows of the group.',
  );
  let known = labelsOf([], new Map());
  return (columns) => {
    const areKnown = sameNames(columns.names, known.names);
    const now = areKnown ? columns : withoutDoubles(columns);
    if (!areKnown) known = labelsOf(now.names, known.byGroup);
    state.show(known.ofStates, now.states);
    priority.show(known.own, now.priorities);
    held.show(known.own, now.held);
    led.show(known.own, now.led);
    leaderships.show(known.own, now.leaderships);
    hindered.clear();
    for (const [group, types] of now.reasons)
      for (const reason of types) hindered.set({ group, reason }, types.filter((each) => each === reason).length);
  };
}

/** A group that was made anew between two parts of the answer is named twice: the later word counts. */
function withoutDoubles(columns: GroupColumns): GroupColumns {
  const last = new Map(columns.names.map((name, at) => [name, at]));
  if (last.size === columns.names.length) return columns;
  const kept = [...last.values()];
  const of = (column: Float64Array, width = 1) =>
    Float64Array.from(kept.flatMap((at) => [...column.subarray(at * width, (at + 1) * width)]));
  return {
    names: kept.map((at) => columns.names[at]!),
    states: of(columns.states, memberStates.length),
    priorities: of(columns.priorities),
    held: of(columns.held),
    leaderships: of(columns.leaderships),
    led: of(columns.led),
    reasons: [...new Map(columns.reasons)],
  };
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, at) => name === b[at]);
}

interface GroupLabels {
  readonly own: WrittenLabels;
  readonly ofStates: readonly WrittenLabels[];
}

/** In the order of the groups. */
interface Labels {
  readonly names: readonly string[];
  readonly byGroup: ReadonlyMap<string, GroupLabels>;
  readonly own: readonly WrittenLabels[];
  /** One for each of `memberStates`. */
  readonly ofStates: readonly WrittenLabels[];
}

/** Of these groups. @param before those that were written already */
function labelsOf(groups: readonly string[], before: ReadonlyMap<string, GroupLabels>): Labels {
  const byGroup = new Map(groups.map((group) => [group, before.get(group) ?? writtenFor(group)]));
  const all = [...byGroup.values()];
  return { names: groups, byGroup, own: all.map(({ own }) => own), ofStates: all.flatMap(({ ofStates }) => ofStates) };
}

function writtenFor(group: string): GroupLabels {
  return {
    own: new WrittenLabels({ group }),
    ofStates: memberStates.map((state) => new WrittenLabels({ group, state })),
  };
}
