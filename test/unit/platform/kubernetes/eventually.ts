/** Waits until `condition` is truthy, looking on every turn of the event loop; fails after `withinMs`. */
export async function eventually<T>(what: string, condition: () => T, withinMs = 5000): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = condition();
    if (value) return value as NonNullable<T>;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await turns(1);
  }
}

/** Lets `n` turns of the event loop go by, for claims that something does not happen. */
export async function turns(n = 20): Promise<void> {
  for (let i = 0; i < n; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
