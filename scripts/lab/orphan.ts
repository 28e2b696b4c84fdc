/** Calls back when the process that started this one is gone, so that nothing stays up which nobody knows of. Looks once a second. */
export function whenOrphaned(callback: () => void): void {
  const parent = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looking);
    callback();
  }, 1_000);
  looking.unref();
}
