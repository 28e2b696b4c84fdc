/**
 * The C library functions this program calls: a fixed list, each returning its result or `-errno`.
 *
 * Owns: the only import of koffi, and every pointer. Refuses to know: what the calls are for.
 *
 * The rules that make a foreign function interface safe to have: no function is looked up by a name from outside this
 * file; no pointer comes from input (buffers are typed arrays whose length is passed by this file or checked by the
 * caller's type); no `.async()` call, no registered callback and no koffi poll handle, so nothing of koffi is alive
 * between two calls. That last rule is what keeps worker threads from crashing at exit: Node unmaps an addon when the
 * last environment that loaded it goes, and a handle still open then would jump into unmapped memory. Load this module
 * on the main thread before starting a worker that uses it, so that the addon stays mapped in any case.
 *
 * Source: the man page of each function; sizes and numbers are those of 64-bit little-endian Linux (x64 and arm64), where the
 * two differ only in the number of gettid.
 */
import koffi from 'koffi';

const libc = koffi.load(null);
const c = {
  socket: libc.func('int socket(int, int, int)'),
  bind: libc.func('int bind(int, const void *, uint32_t)'),
  connect: libc.func('int connect(int, const void *, uint32_t)'),
  listen: libc.func('int listen(int, int)'),
  accept4: libc.func('int accept4(int, void *, void *, int)'),
  shutdown: libc.func('int shutdown(int, int)'),
  close: libc.func('int close(int)'),
  exit: libc.func('void _exit(int)'),
  read: libc.func('long read(int, void *, size_t)'),
  recv: libc.func('long recv(int, void *, size_t, int)'),
  recvmsg: libc.func('long recvmsg(int, void *, int)'),
  send: libc.func('long send(int, const void *, size_t, int)'),
  sendto: libc.func('long sendto(int, const void *, size_t, int, const void *, uint32_t)'),
  setsockopt: libc.func('int setsockopt(int, int, int, const void *, uint32_t)'),
  getsockopt: libc.func('int getsockopt(int, int, int, void *, void *)'),
  getsockname: libc.func('int getsockname(int, void *, void *)'),
  ppoll: libc.func('int ppoll(void *, ulong, const void *, const void *)'),
  eventfd: libc.func('int eventfd(uint32_t, int)'),
  clockGettime: libc.func('int clock_gettime(int, void *)'),
  setns: libc.func('int setns(int, int)'),
  schedSetscheduler: libc.func('int sched_setscheduler(int, int, const void *)'),
  setpriority: libc.func('int setpriority(int, uint32_t, int)'),
  madvise: libc.func('int madvise(uintptr_t, size_t, int)'),
  signal: libc.func('intptr_t signal(int, intptr_t)'),
  prctl: libc.func('int prctl(int, ulong, ulong, ulong, ulong)'),
  syscall: libc.func('long syscall(long)'),
};

/** SYS_gettid differs per architecture (asm/unistd.h); glibc before 2.30 has no gettid(). */
const gettidNumber: Readonly<Record<string, number>> = { x64: 186, arm64: 178 };

/** Not every C library has it: musl does not. */
const mallocTrimOfGlibc = optional('int malloc_trim(size_t)');

function optional(prototype: string): ReturnType<typeof libc.func> | undefined {
  try {
    return libc.func(prototype);
  } catch {
    return undefined;
  }
}

const orErrno = (result: number): number => (result < 0 ? -koffi.errno() : result);

/** socket(2). */
export function socket(domain: number, type: number, protocol: number): number {
  return orErrno(c.socket(domain, type, protocol));
}

/** bind(2); `address` is the whole sockaddr. */
export function bind(fd: number, address: Uint8Array): number {
  return orErrno(c.bind(fd, address, address.byteLength));
}

/** connect(2); `address` is the whole sockaddr. */
export function connect(fd: number, address: Uint8Array): number {
  return orErrno(c.connect(fd, address, address.byteLength));
}

/** listen(2). */
export function listen(fd: number, backlog: number): number {
  return orErrno(c.listen(fd, backlog));
}

/** accept4(2); the peer's address goes into `address`, which may be larger than what the kernel writes. */
export function accept4(fd: number, address: Uint8Array, flags: number): number {
  return orErrno(c.accept4(fd, address, Uint32Array.of(address.byteLength), flags));
}

/** shutdown(2). */
export function shutdown(fd: number, how: number): number {
  return orErrno(c.shutdown(fd, how));
}

/** close(2). */
export function close(fd: number): number {
  return orErrno(c.close(fd));
}

/** _exit(2): nothing else of this process runs, and nothing is waited for. */
export function exit(code: number): void {
  c.exit(code);
}

/** read(2) into the whole of `buffer`. */
export function read(fd: number, buffer: Uint8Array): number {
  return orErrno(c.read(fd, buffer, buffer.byteLength));
}

/** recv(2) into the whole of `buffer`. With MSG_TRUNC the result may exceed the buffer's length. */
export function recv(fd: number, buffer: Uint8Array, flags: number): number {
  return orErrno(c.recv(fd, buffer, buffer.byteLength, flags));
}

/** Where recvmsg(2) puts a datagram: made once for many. */
export interface MessageBuffer {
  /** Who sent it, a sockaddr. */
  readonly name: Uint8Array;
  readonly payload: Uint8Array;
  /** What the kernel says beside it, as a sequence of struct cmsghdr; how much of it counts is `controlLength`. */
  readonly control: Uint8Array;
  readonly header: DataView;
  readonly headerBytes: Uint8Array;
}

/** Buffers of these lengths, and the struct msghdr that names them. They stay where they are for as long as the result lives. */
export function messageBuffer(payloadLength: number, controlLength: number): MessageBuffer {
  // Only what has an ArrayBuffer of its own is never moved; small typed arrays may be.
  const own = (length: number) => new Uint8Array(new ArrayBuffer(length));
  const m = { name: own(28), payload: own(payloadLength), control: own(controlLength), header: own(msghdrLength + 16) };
  const header = new DataView(m.header.buffer);
  const at = koffi.address(m.header);
  header.setBigUint64(0, koffi.address(m.name), true);
  header.setBigUint64(16, at + BigInt(msghdrLength), true); // the one struct iovec stands behind
  header.setBigUint64(24, 1n, true);
  header.setBigUint64(32, koffi.address(m.control), true);
  header.setBigUint64(msghdrLength, koffi.address(m.payload), true);
  header.setBigUint64(msghdrLength + 8, BigInt(payloadLength), true);
  return { ...m, header, headerBytes: m.header };
}

/** struct msghdr { void *name; u32 namelen; iovec *iov; size_t iovlen; void *control; size_t controllen; int flags }. */
const msghdrLength = 56;

/** recvmsg(2). With MSG_TRUNC the result may exceed the payload's length. */
export function recvmsg(fd: number, message: MessageBuffer, flags: number): number {
  message.header.setUint32(8, message.name.byteLength, true);
  message.header.setUint32(40, message.control.byteLength, true);
  return orErrno(c.recvmsg(fd, message.headerBytes, flags));
}

/** How much of `control` the last recvmsg(2) wrote. */
export function controlLength({ header }: MessageBuffer): number {
  return header.getUint32(40, true);
}

/** send(2) of the first `length` bytes of `bytes`. */
export function send(fd: number, bytes: Uint8Array, length: number, flags: number): number {
  if (length < 0 || length > bytes.byteLength) throw new RangeError(`send: ${length} of ${bytes.byteLength} bytes`);
  return orErrno(c.send(fd, bytes, length, flags));
}

/** sendto(2) of all of `bytes`; `address` is the whole sockaddr. */
export function sendto(fd: number, bytes: Uint8Array, flags: number, address: Uint8Array): number {
  return orErrno(c.sendto(fd, bytes, bytes.byteLength, flags, address, address.byteLength));
}

/** setsockopt(2); `value` is the whole option. */
export function setsockopt(fd: number, level: number, option: number, value: Uint8Array): number {
  return orErrno(c.setsockopt(fd, level, option, value, value.byteLength));
}

/** setsockopt(2) for the many options that are one int. */
export function setsockoptInt(fd: number, level: number, option: number, value: number): number {
  return setsockopt(fd, level, option, new Uint8Array(Int32Array.of(value).buffer));
}

/** getsockopt(2) into `value`; returns the length the kernel wrote. */
export function getsockopt(fd: number, level: number, option: number, value: Uint8Array): number {
  const length = Uint32Array.of(value.byteLength);
  const result = orErrno(c.getsockopt(fd, level, option, value, length));
  return result < 0 ? result : length[0]!;
}

/** getsockname(2) into `address`, which may be larger than what the kernel writes. */
export function getsockname(fd: number, address: Uint8Array): number {
  return orErrno(c.getsockname(fd, address, Uint32Array.of(address.byteLength)));
}

/**
 * SO_ATTACH_FILTER: `program` is an array of struct sock_filter (8 bytes each). The kernel copies it before returning,
 * which is why its address may be taken here and forgotten.
 */
export function attachFilter(fd: number, program: Uint8Array): number {
  const SOL_SOCKET = 1;
  const SO_ATTACH_FILTER = 26;
  const fprog = new DataView(new ArrayBuffer(16)); // struct sock_fprog { u16 len; /* 6 bytes hole */ filter* }
  fprog.setUint16(0, program.byteLength / 8, true);
  fprog.setBigUint64(8, koffi.address(program), true);
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(fprog.buffer));
}

/** ppoll(2) with an unchanged signal mask. `fds` holds `count` struct pollfd; `timeout` is a struct timespec. */
export function ppoll(fds: Uint8Array, count: number, timeout: Uint8Array): number {
  if (count * 8 > fds.byteLength) throw new RangeError(`ppoll: ${count} descriptors in ${fds.byteLength} bytes`);
  return orErrno(c.ppoll(fds, count, timeout, null));
}

/** eventfd(2). */
export function eventfd(initial: number, flags: number): number {
  return orErrno(c.eventfd(initial, flags));
}

/** clock_gettime(2); `timespec` is 16 bytes. */
export function clockGettime(clock: number, timespec: Uint8Array): number {
  return orErrno(c.clockGettime(clock, timespec));
}

/** setns(2) for the calling thread. */
export function setns(fd: number, type: number): number {
  return orErrno(c.setns(fd, type));
}

/** sched_setscheduler(2); `param` is struct sched_param (one int). */
export function schedSetscheduler(tid: number, policy: number, param: Uint8Array): number {
  return orErrno(c.schedSetscheduler(tid, policy, param));
}

/** setpriority(2). */
export function setpriority(which: number, who: number, priority: number): number {
  return orErrno(c.setpriority(which, who, priority));
}

/** signal(2) with SIG_IGN: the whole process ignores it from now on. */
export function ignoreSignal(number: number): number {
  return c.signal(number, 1) === -1 ? -koffi.errno() : 0;
}

/** prctl(2) with one argument. */
export function prctl(option: number, argument: number): number {
  return orErrno(c.prctl(option, argument, 0, 0, 0));
}

/** madvise(2) for `length` bytes of this process's memory from `address`, which is one that the kernel itself has told. */
export function madvise(address: bigint, length: bigint, advice: number): number {
  return orErrno(c.madvise(address, length, advice));
}

/** The kernel's id of the calling thread; -ENOSYS on an architecture this file has no number for. */
export function gettid(): number {
  const number = gettidNumber[process.arch];
  return number === undefined ? -38 : orErrno(c.syscall(number));
}

/** malloc_trim(3): gives what all threads have freed back to the system; does nothing where the C library has no such thing. */
export function mallocTrim(): void {
  mallocTrimOfGlibc?.(0);
}
