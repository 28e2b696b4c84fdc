/** Something that is read, at times: whether it is just now, and who waits for the end. */
export type Reading = ReturnType<typeof createReading>;

export function createReading() {
  let underWay = false;
  let waiting: (() => void)[] = [];
  return {
    begin: () => {
      underWay = true;
    },
    end: () => {
      underWay = false;
      for (const each of waiting) each();
      waiting = [];
    },
    isUnderWay: () => underWay,
    /** Resolves as soon as none is under way. */
    ended: () => new Promise<void>((resolve) => (underWay ? waiting.push(resolve) : resolve())),
  };
}
