/** Whether what was written is still there. */
import { type BgpStatusState, placeOf } from './state.js';

/** How long the watch has to bring what was written, and how often is looked, in milliseconds. */
export const sweepMs = 2_000;

/** The keys of what is not shown any more; they count as not written. */
export function notShown(w: BgpStatusState): readonly string[] {
  return [...w.wanted].flatMap(([key, { status }]) => {
    const at = w.written.get(key)?.at;
    if (at === undefined || w.clock.now() - at < sweepMs || isShown(w, key, status)) return [];
    w.written.delete(key);
    return key;
  });
}

function isShown({ latest, node }: BgpStatusState, key: string, status: object): boolean {
  const { kind, name } = placeOf(key);
  const own = status as Shown;
  if (kind === 'conf') {
    const found = latest.conf();
    return found === undefined || same(found.status?.nodesConfStatus?.[node], own.nodesConfStatus?.[node]);
  }
  const found = (kind === 'peer' ? latest.peer(name) : latest.group(name))?.status as Shown | undefined;
  const exists = (kind === 'peer' ? latest.peer(name) : latest.group(name)) !== undefined;
  if (!exists) return true;
  const list = kind === 'peer' ? ('nodes' as const) : ('members' as const);
  const shown = found?.[list]?.find((each) => each.node === node);
  return own[list]!.every((each) => each.state === shown?.state && each.since === shown?.since);
}

interface Shown {
  readonly nodesConfStatus?: Readonly<Record<string, object | null>> | null;
  readonly nodes?: readonly Entry[] | null;
  readonly members?: readonly Entry[] | null;
}

interface Entry {
  readonly node: string;
  readonly state?: string;
  readonly since?: string;
}

function same(a: object | null | undefined, b: object | null | undefined): boolean {
  const text = (value: object | null | undefined) => JSON.stringify(Object.entries(value ?? {}).sort());
  return text(a) === text(b);
}
