import assert from 'node:assert/strict';
import { namedIn, profileOf, readProfile } from '../../lab/confined.js';

/** Ways out of a container, and into the kernel (seccomp(2); what Docker's profile gives to capabilities that the programs do not have). */
const dangerous =
  'acct add_key bpf chroot delete_module finit_module fsconfig fsmount fsopen init_module io_uring_setup ioperm iopl kcmp ' +
  'kexec_file_load kexec_load keyctl mount mount_setattr move_mount name_to_handle_at open_by_handle_at open_tree perf_event_open ' +
  'personality pidfd_getfd pivot_root process_vm_readv process_vm_writev ptrace quotactl reboot request_key setns settimeofday ' +
  'swapoff swapon umount umount2 unshare userfaultfd';

for (const program of ['agent', 'controller'] as const)
  describe(`the seccomp profile of the ${program}`, () => {
    const profile = readProfile(profileOf(program));
    const allowed = namedIn(profile, 'SCMP_ACT_ALLOW');

    it('allows nothing by which a container is left, or the kernel is changed', () => {
      assert.equal(profile.defaultAction, 'SCMP_ACT_ERRNO');
      assert.deepEqual(
        dangerous.split(' ').filter((name) => allowed.has(name)),
        [],
      );
      // Docker's profile allows some 350.
      assert.ok(allowed.size < 220, `${allowed.size} are allowed`);
    });

    it('allows new namespaces to nobody, and sockets of families that the program speaks', () => {
      const ofSockets = profile.syscalls.filter(({ names }) => names.includes('socket'));
      const families = ofSockets.map(({ args }) => args?.[0]?.value);
      assert.deepEqual(families, program === 'agent' ? [1, 2, 10, 16, 17] : [1, 2, 10, 16]);
      const clone = profile.syscalls.find(({ names }) => names.includes('clone'));
      const namespaces = 0x7e02_0000;
      assert.deepEqual(clone?.args, [{ index: 0, value: namespaces, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }]);
      assert.ok(namedIn(profile, 'SCMP_ACT_ERRNO').has('clone3'), 'its flags cannot be looked at');
    });

    it('says of each rule what it is for', () => {
      for (const { comment, names } of profile.syscalls) assert.ok(comment, names.join());
    });
  });
