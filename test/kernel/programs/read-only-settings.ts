/**
 * Makes the interface of a virtual MAC where /proc/sys cannot be written, with an address on it, and prints what is not set; or removes it and
 * puts the settings back. Arguments: `make` or `end`, the parent's name, the interface's, and the journal's file.
 */
import { createVirtualMacInterface } from '../../../src/platform/linux/macvlan.js';
import { openRtnetlink } from '../../../src/platform/linux/rtnetlink.js';
import { openSysctls } from '../../../src/platform/linux/sysctl.js';
import { setByRtnetlink } from '../../../src/platform/linux/sysctl-by-rtnetlink.js';
import { openSysctlJournal } from '../../../src/platform/linux/sysctl-journal.js';

const [what, parent = '', name = '', file = ''] = process.argv.slice(2);
const rtnetlink = openRtnetlink();
const sysctls = openSysctls(
  openSysctlJournal(file),
  () => {},
  (path, value) => setByRtnetlink(rtnetlink, path, value),
);
if (what === 'make') {
  const parentIndex = rtnetlink.link({ name: parent })!.index;
  const mac = Uint8Array.of(0x00, 0x00, 0x5e, 0x00, 0x01, 0x33);
  const { interfaceIndex, unset, raise } = createVirtualMacInterface(
    { rtnetlink, sysctls },
    { name, parentIndex, mac },
  );
  raise();
  rtnetlink.putAddresses([{ interfaceIndex, address: Uint8Array.of(10, 9, 0, 100), lifetimeSeconds: 60 }]);
  console.log(JSON.stringify(unset));
} else {
  rtnetlink.removeLink(rtnetlink.link({ name })!.index);
  console.log(JSON.stringify(sysctls.restoreLeftovers()));
}
