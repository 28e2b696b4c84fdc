/**
 * An instant of a monotonic clock, or a duration, in microseconds. A double: fractions are allowed (VRRP skews of
 * 78.125 us exist) and instants stay exact to well under a microsecond for 285 years of uptime. The origin is whatever the
 * driver's clock has; a core only subtracts and compares.
 */
export type Micros = number;

/** The deadline of something that has none. Compares greater than every instant. */
export const never: Micros = Number.POSITIVE_INFINITY;
