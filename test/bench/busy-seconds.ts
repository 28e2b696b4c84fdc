import { readFile } from 'node:fs/promises';

/** For how long cores of this machine have been busy, all together: proc(5), `user nice system idle iowait irq softirq`. */
export async function busySeconds(): Promise<number> {
  const [all = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = all.split(/ +/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / 100;
}
