const deadly = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Calls `remove` when the process ends, also by a signal other than SIGKILL, unless the function that this returns has called it
 * before. `remove` must be synchronous.
 */
export function closedAtTheEnd(remove: () => void): () => void {
  const close = () => {
    process.off('exit', close);
    for (const signal of deadly) process.off(signal, dieBy);
    remove();
  };
  const dieBy = (signal: NodeJS.Signals) => {
    close();
    process.kill(process.pid, signal);
  };
  process.on('exit', close);
  for (const signal of deadly) process.on(signal, dieBy);
  return close;
}
