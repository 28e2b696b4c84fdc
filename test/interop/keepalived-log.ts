/**
 * What keepalived says in the ordinary course of leading, backing up and changing over with a router it agrees with. Whatever else it
 * says of an instance is a complaint.
 */
const ordinary: readonly RegExp[] = [
  /^removing VIPs\.$/,
  /^setting VIPs\.$/,
  /^Entering (BACKUP|MASTER|FAULT) STATE( \(init\))?$/,
  /^Receive advertisement timeout$/,
  /^Backup received priority 0 advertisement$/,
  /^Sending\/queueing (gratuitous ARPs|Unsolicited Neighbour Adverts) on \S+ for \S+$/,
  /^sent 0 priority$/,
  /^Success (creating|removing) VMAC interface \S+$/,
  // A leader that yields says so by a last advert; keepalived answers it, and announces itself anew.
  /^Received advert from \S+ with lower priority \d+, ours \d+, forcing new election$/,
  // What preemption looks like: from below, and from above until the lower router has timed out.
  /^Master received advert from \S+ with higher priority \d+, ours \d+$/,
  /^received lower priority \(\d+\) advert from \S+ - discarding$/,
];

/** The lines of keepalived's log about an instance that are not part of the ordinary course; in order, without their times. */
export function oddLines(log: string, instance: string): readonly string[] {
  return saidOf(log, instance).filter((line) => !ordinary.some((pattern) => pattern.test(line)));
}

/** Everything that the log says of an instance, in order, without the times. */
export function saidOf(log: string, instance: string): readonly string[] {
  return log.split('\n').flatMap((line) => {
    const [, name, said] = /: \((\S+)\):? (.*)$/.exec(line) ?? [];
    return name === instance ? [said!.trim()] : [];
  });
}
