import { type Profiler, Session } from 'node:inspector';

/** What V8 has run of some source files, to the block. */
export interface Coverage {
  /** How many characters of source ran since the last call that never ran before; `keep` says whether to remember them. */
  take(keep: boolean): number;
  /** How many characters of source were remembered so far. */
  total(): number;
  /** Nothing was remembered. */
  forget(): void;
  close(): void;
}

/**
 * Counts blocks of the scripts whose URL begins with one of `urls`. It must be opened before they are imported, because V8
 * counts blocks only in what it compiles afterwards.
 */
export function openCoverage(urls: readonly string[]): Coverage {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const covered = new Map<string, Uint8Array>();
  let total = 0;
  return {
    take(keep) {
      let fresh = 0;
      for (const script of takeScripts(session)) {
        if (!urls.some((url) => script.url.startsWith(url))) continue;
        const ran = paint(script);
        const known = covered.get(script.url);
        for (let i = 0; i < ran.length; i++) if (ran[i] === 1 && known?.[i] !== 1) fresh++;
        if (keep) covered.set(script.url, union(known, ran));
      }
      if (keep) total += fresh;
      return fresh;
    },
    total: () => total,
    forget() {
      takeScripts(session);
      covered.clear();
      total = 0;
    },
    close: () => session.disconnect(),
  };
}

/** An in-process session answers before `post` returns. */
function takeScripts(session: Session): readonly Profiler.ScriptCoverage[] {
  let scripts: readonly Profiler.ScriptCoverage[] | undefined;
  session.post('Profiler.takePreciseCoverage', (error, answer) => {
    if (error) throw new Error('the inspector gives no coverage', { cause: error });
    scripts = answer.result;
  });
  if (scripts === undefined) throw new Error('the inspector did not answer at once');
  return scripts;
}

/** One byte per character of the script's source: 1 where it ran. Inner ranges and functions come after what they are in. */
function paint(script: Profiler.ScriptCoverage): Uint8Array {
  const ranges = script.functions.flatMap(({ ranges }) => ranges);
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  const ran = new Uint8Array(ranges.reduce((end, { endOffset }) => Math.max(end, endOffset), 0));
  for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  return ran;
}

function union(a: Uint8Array | undefined, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(Math.max(a?.length ?? 0, b.length));
  both.set(b);
  a?.forEach((each, i) => {
    if (each === 1) both[i] = 1;
  });
  return both;
}
