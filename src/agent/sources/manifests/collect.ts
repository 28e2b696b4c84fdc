/** The objects in all files of a directory: pure. */
import type { BgpConf } from '../../../api/bgp-conf.js';
import type { BgpPeer } from '../../../api/bgp-peer.js';
import type { VipGroup } from '../../../api/vip-group.js';
import type { Manifest } from '../manifest-file.js';
import type { Double, Loaded } from './state.js';

/** Objects of one kind. */
interface Collected<T> {
  readonly objects: ReadonlyMap<string, T>;
  /** The file of each. */
  readonly files: ReadonlyMap<string, string>;
  /** Those that are in another file already. */
  readonly doubles: readonly Double[];
}

/** The objects of one kind in all files; of two with one name, that of the first file by name counts, and one in a file that is gone last. */
export function collect<T extends VipGroup | BgpPeer | BgpConf>(
  kind: string,
  loaded: ReadonlyMap<string, Loaded>,
  gone: ReadonlyMap<string, unknown>,
  of: (manifest: Manifest) => readonly T[],
): Collected<T> {
  const objects = new Map<string, T>();
  const files = new Map<string, string>();
  const doubles: Double[] = [];
  const present = [...loaded.keys()].filter((file) => !gone.has(file)).sort();
  for (const file of [...present, ...gone.keys()]) {
    for (const object of of(loaded.get(file)!.manifest)) {
      const { name } = object.metadata;
      const first = files.get(name);
      if (first === undefined) {
        files.set(name, file);
        objects.set(name, object);
      } else if (!gone.has(file)) {
        doubles.push({ kind, name, first, second: file });
      }
    }
  }
  return { objects, files, doubles };
}
