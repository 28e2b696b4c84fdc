/** Codes of what passes by itself, or is seen otherwise (the NIC is going). Whatever else the kernel says, it will say again. */
const passing = new Set(['ENOBUFS', 'ENOMEM', 'EAGAIN', 'EINTR', 'EBUSY', 'ENODEV', 'ENXIO', 'ENETDOWN']);

/** Whether the kernel's refusal of an address will be the same next time. */
export function isLasting(code: string): boolean {
  return !passing.has(code);
}
