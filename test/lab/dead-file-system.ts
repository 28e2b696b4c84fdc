import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';

export interface DeadFileSystem {
  /** Whoever waits for it gets an error, and it is unmounted. */
  end(): void;
}

/** Mounts a file system whose server never answers, as that of NFS when it is gone: a read of it hangs in the kernel. Undefined where the machine has no FUSE. Source: fuse(4). */
export function mountDead(at: string): DeadFileSystem | undefined {
  if (!existsSync('/dev/fuse')) return undefined;
  mkdirSync(at);
  const server = openSync('/dev/fuse', 'r+');
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
  const { status } = spawnSync('mount', ['-i', '-t', 'fuse', 'dead', at, '-o', options], {
    stdio: ['ignore', 'ignore', 'ignore', server],
  });
  if (status === 0)
    return {
      end() {
        closeSync(server); // whoever waits gets an error
        spawnSync('umount', ['-l', at]);
      },
    };
  closeSync(server);
  return undefined;
}
