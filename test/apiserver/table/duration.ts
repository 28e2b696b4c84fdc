// Source: k8s.io/apimachinery pkg/util/duration HumanDuration.
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** A duration as kubectl shows ages: `9s`, `3m20s`, `45m`, `5h30m`, `26h`, `3d4h`, `90d`, `2y100d`. */
export function humanDuration(milliseconds: number): string {
  if (milliseconds < -2 * second) return '<invalid>';
  if (milliseconds < 0) return '0s';
  const whole = (unit: number, within = Number.POSITIVE_INFINITY) => Math.floor((milliseconds % within) / unit);
  const both = (big: number, bigName: string, small: number, smallName: string) =>
    whole(small, big) === 0 ? `${whole(big)}${bigName}` : `${whole(big)}${bigName}${whole(small, big)}${smallName}`;
  if (milliseconds < 2 * minute) return `${whole(second)}s`;
  if (milliseconds < 10 * minute) return both(minute, 'm', second, 's');
  if (milliseconds < 3 * hour) return `${whole(minute)}m`;
  if (milliseconds < 8 * hour) return both(hour, 'h', minute, 'm');
  if (milliseconds < 2 * day) return `${whole(hour)}h`;
  if (milliseconds < 8 * day) return both(day, 'd', hour, 'h');
  if (milliseconds < 2 * year) return `${whole(day)}d`;
  if (milliseconds < 8 * year) return both(year, 'y', day, 'd');
  return `${whole(year)}y`;
}

/** The time since an RFC 3339 instant, as kubectl shows it. */
export function since(instant: string | undefined, now: number): string {
  if (!instant) return '<unknown>';
  return humanDuration(now - Date.parse(instant));
}
