// Owns: what to do about a metric: when it is not as it should be, and then what.

const figure = 'a figure to plan by: nothing to do';
const chance = 'now and then: nothing. When it grows all the time:';

/** By name. One that is missing makes the page fail. */
const remedies: Readonly<Record<string, string>> = {
  openelb_metric_series_left_out: 'above 0: more groups or peers than are shown; alerts do not see the others',
  openelb_build_info: 'more than one version for long: a rollout hangs, see `kubectl rollout status`',
  openelb_api_requests_total:
    'codes 401 and 403: apply the RBAC of this version; 409: nothing; words: why there was no answer, see the log',
  openelb_api_request_seconds: 'above a second: the API server or etcd is slow; failover does not depend on it',

  openelb_adverts_sent_total: figure,
  openelb_adverts_received_total: 'stands still on a Backup: no leader is heard, see `openelb_group_led`',
  openelb_adverts_received_message_checksum_total:
    'grows: the other implementation leaves the pseudo-header out ([interop](../interop.md)); it is taken all the same',
  openelb_adverts_received_untrusted_total: 'grows for minutes: a member has no address yet, see `AddressPending`',
  openelb_adverts_received_unauthenticated_total:
    'grows: not all members sign yet, do not go to `enforce` ([authentication](../authentication.md))',
  openelb_adverts_for_others_total: 'nothing to do: a switch, or a sender, does not know the MAC yet',
  openelb_address_probes_sent_total: figure,
  openelb_announcements_sent_total: figure,
  openelb_neighbor_answers_sent_total: figure,
  openelb_send_failures_total: `${chance} the NIC is down or its queue is full: \`ip -s link\``,
  openelb_foreign_addresses_removed_total: 'grows: another program sets the address again and again: end that one',
  openelb_leaderships_given_up_total: 'grows: the kernel refuses the addresses; `AddressesRefused` says why',
  openelb_engine_events_dropped_total: 'grows: the main thread has no CPU: look for what else runs on the node',
  openelb_liveness_questions_sent_total: figure,
  openelb_liveness_questions_answered_total: figure,
  openelb_liveness_answers_unasked_total: figure,
  openelb_liveness_peers_proven_total: figure,
  openelb_liveness_peers_unproven_total:
    'grows: adverts come and answers do not: a firewall drops UDP port 7784, so failovers take longer',
  openelb_liveness_peers_lost_total: 'one for each failed node; more often: see `OpenelbFlapping`',
  openelb_liveness_leaders_lost_total: 'one for each group of a failed node; more often: see `OpenelbFlapping`',
  openelb_liveness_socket_failures_total: 'above 0: another program has UDP port 7784: `ss -lnup sport = :7784`',
  openelb_bfd_packets_sent_total: figure,
  openelb_bfd_packets_received_total: figure,
  openelb_bfd_packets_received_source_port_total: 'nothing to do: the router is no stickler for RFC 5881',
  openelb_bfd_transitions_to_up_total: figure,
  openelb_bfd_transitions_to_down_total: `${chance} the path to the router, or its CPU; a longer interval is more patient`,
  openelb_bfd_overslept_total: 'as for a late engine: the node is short of CPU',
  openelb_bfd_send_failures_total: `${chance} the route to the router: \`ip route get\``,
  openelb_bfd_listen_failures_total: 'above 0: another program has the port of BFD: `ss -lnup sport = :3784`',
  openelb_rtnetlink_overruns_total: 'nothing to do: everything was read again',
  openelb_rtnetlink_interruptions_total: `${chance} something adds and removes interfaces without end`,
  openelb_transitions_to_initialize_total: 'grows: the NIC comes and goes; the log has the reason',
  openelb_transitions_to_backup_total: 'see `openelb_group_leaderships_total`',
  openelb_transitions_to_active_total: 'see `openelb_group_leaderships_total`',
  openelb_adverts_dropped_total:
    'by reason: `stranger`, another router has the virtual router ID; `hmac-…`, [keys](../authentication.md); others: the log names the sender',
  openelb_neighbor_unanswered_total: figure,
  openelb_bfd_dropped_total: 'by reason: who sends it is no BgpPeer, or its settings are others',
  openelb_internal_errors_total: 'above 0: report it, with the line `internal error` of the log',
  openelb_log_lines_lost_total: 'grows: whoever reads the log does not read, or the disk is full',
  openelb_group_state: 'Active on no node, or on two: see `openelb_group_led`, and the alert `OpenelbTwoHold`',
  openelb_group_reasons: 'above 0: the reason has a row on [the page of reasons](messages.md)',
  openelb_group_priority: 'lower than in the group: a check fails, or the node is of last resort',
  openelb_group_addresses_held: '0 on the node that is Active: `VipGroup.status.notHeld` says why',
  openelb_group_led:
    '0 on all nodes: nobody answers: `kubectl describe vipgroup` says why each member cannot take part; 0 on one: it hears no adverts',
  openelb_group_leaderships_total:
    'grows again and again: a NIC, a check or a busy node; see the reasons of the silences',
  openelb_failover_silence_seconds:
    'longer than wanted: shorten `vrrp.advertisementInterval`; `no-response` where `peer-lost` is to be expected: UDP port 7784 is closed',
  openelb_engine_lateness_seconds: 'above a third of the advert interval: the node is short of CPU, or is paused',
  openelb_engine_realtime: '0: grant the capability `SYS_NICE`, or see the log for what the kernel says',
  openelb_resident_memory_bytes: 'near the limit of the container: raise it, and report it',
  openelb_source_in_touch: '0: [health](../health.md#the-source-of-its-groups): the way to the API server, or its RBAC',
  openelb_source_silence_seconds: 'above 90: as `openelb_source_in_touch`',
  openelb_source_refused: 'above 0: `openelb-vip status --local` names the object and what is wrong with it',
  openelb_bgp_established_total: 'grows again and again: see `openelb_bgp_closed_total`',
  openelb_bgp_updates_total: figure,
  openelb_bgp_sent_octets_total: figure,
  openelb_bgp_received_octets_total: figure,
  openelb_bgp_refused_connections_total: 'without a peer: who connects is no BgpPeer; see the log for its address',
  openelb_bgp_stalled_accepts_total: 'grows: the process has no descriptors or memory left: raise its limits',
  openelb_bgp_faulty_updates_total: 'grows: the router sends what RFC 7606 calls faulty: see its vendor',
  openelb_bgp_closed_total: 'by reason: [Problems of a session](messages.md#problems-of-a-session-with-a-router)',
  openelb_bgp_session_up: '0: `kubectl describe bgppeer` says why, and what to do',
  openelb_bgp_announced_prefixes: '0 with a session: `NoRouterTold`, or no Service has an address of the pool',
  openelb_bgp_bfd_up: '0: BFD is off on the router, or UDP port 3784 is closed',
  openelb_bgp_group_routers: '0 on all nodes: nobody has a session that the addresses may go to',
  openelb_routing_thread_restarts_total: 'above 0: report it, with the log',
  openelb_drained_connections: figure,
  openelb_drained_nodes: figure,
  openelb_drained_packets_total: '`excess`: more than 50 000 packets a second of old connections; the others: nothing',
  openelb_connections_kept:
    '0 with `drainConnections`: the reason of the group says why ([connections](../connections.md))',

  openelb_controller_leading: '1 on no replica: the Lease `openelb-controller`, and the log of the controllers',
  openelb_eip_addresses: figure,
  openelb_eip_addresses_in_use:
    'near `openelb_eip_addresses`: give the Eip more; `spec.address` may grow while it is in use',
  openelb_eip_addresses_unannounced: 'above 0: the condition `Announced` of the Eip says why',
  openelb_services_waiting: 'above 0: the condition `AddressAllocated` of the Service says why',
  openelb_agents: '`silent` above 0: the node or the agent is gone, or cannot reach the API server',
  openelb_controller_queue_depth: 'stays high: the API server is slow, or refuses writes: the log says which',
  openelb_controller_reconciliations_total: '`failed` grows: the line `cannot bring an object in line` of the log',
  openelb_controller_reconcile_seconds: 'above a second: as `openelb_api_request_seconds`',
  openelb_service_answer_seconds: 'longer than wanted: which part is slow say the two above, and the silences',
  openelb_holder_events_total: '`dropped` grows: so much moves that Events would come too late',
  openelb_holder_events_waiting: 'stays high: as above',
  openelb_objects_refused_total: 'above 0: the Event `InvalidObject` names the object and what is wrong with it',
  openelb_metallb_kind_unread: '1: the Event `CannotRead` on the CRD says why',
  openelb_webhook_certificate_end_seconds:
    '0, or less than four months away: the log says what keeps it from being made',
};

/** Throws for one that nobody explains. */
export function metricRemedy(name: string): string {
  const remedy = remedies[name];
  if (remedy === undefined) throw new Error(`${name} is not in scripts/reference/metric-remedies.ts: add what to do`);
  return remedy;
}

/** Of those in the table that no program has any more; undefined: there is none. */
export function staleRemedy(names: ReadonlySet<string>): string | undefined {
  return Object.keys(remedies).find((name) => !names.has(name));
}
