// Owns: archives of `ar`, which packages of Debian are.
import assert from 'node:assert/strict';

/** One member after the other, each owned by root. Source: deb(5), ar(5) of the BSDs. @param seconds the time of all of them, since 1970 */
export function ar(members: readonly { readonly name: string; readonly data: Uint8Array }[], seconds: number): Buffer {
  const parts = members.flatMap(({ name, data }) => {
    assert(name.length <= 16, `too long a name for ar: ${name}`);
    const fields = [name.padEnd(16), String(seconds).padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8)];
    const header = `${fields.join('')}${String(data.length).padEnd(10)}\`\n`;
    return [Buffer.from(header), data, Buffer.from(data.length % 2 === 0 ? '' : '\n')];
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}
