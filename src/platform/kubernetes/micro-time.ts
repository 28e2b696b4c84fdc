/**
 * The `MicroTime` of Lease and Event: RFC 3339 in UTC with exactly six digits; the server's fixed layout refuses three.
 * @param wallMs milliseconds since 1970, fractions allowed
 * Source: apimachinery meta/v1/micro_time.go, RFC3339Micro
 */
export function microTime(wallMs: number): string {
  const whole = Math.floor(wallMs);
  const micros = Math.floor((wallMs - whole) * 1000);
  return `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}
