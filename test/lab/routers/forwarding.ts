/** What makes a host a router that spreads flows, not single packets, by addresses and ports. */
export const forwarding = [
  'net.ipv4.ip_forward=1',
  'net.ipv6.conf.all.forwarding=1',
  'net.ipv4.fib_multipath_hash_policy=1',
  'net.ipv6.fib_multipath_hash_policy=1',
];
