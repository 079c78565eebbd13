//! Which system calls a process that only computes may make.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter,
};
use std::collections::BTreeMap;

/// What computing takes, besides what has conditions. All others end with `EPERM`.
const ALLOWED: &[i64] = &[
    libc::SYS_close,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_restart_syscall,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// What no innocent library does behind its caller's back: the process is killed for it. Opening files is not
/// among them, for the C library may do that by itself, and goes on without.
const DEADLY: &[i64] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kill,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_pidfd_getfd,
    libc::SYS_unlinkat,
    libc::SYS_renameat2,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_mkdirat,
    libc::SYS_fchmodat,
    libc::SYS_fchownat,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_chroot,
    libc::SYS_pivot_root,
    libc::SYS_bpf,
    libc::SYS_io_uring_setup,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_kexec_load,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_capset,
];

/// The same by their older names, which newer architectures lack.
#[cfg(target_arch = "x86_64")]
const DEADLY_BY_OLD_NAMES: &[i64] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_mkdir,
    libc::SYS_chmod,
    libc::SYS_chown,
];
#[cfg(not(target_arch = "x86_64"))]
const DEADLY_BY_OLD_NAMES: &[i64] = &[];

/// The last of standard input, output and error.
const LAST_PIPE: u64 = 2;

/// The descriptor -1, of which 32 bits are looked at: `mmap(2)` maps memory by it.
const NO_FILE: u64 = 0xffff_ffff;

/// Puts both lists in force; returns whether the kernel did.
pub(super) fn apply() -> bool {
    let allowed = allowed().and_then(|rules| {
        program(rules, SeccompAction::Errno(libc::EPERM.unsigned_abs()), SeccompAction::Allow)
    });
    let deadly = DEADLY.iter().chain(DEADLY_BY_OLD_NAMES).map(|&call| (call, Vec::new())).collect();
    let deadly = program(deadly, SeccompAction::Allow, SeccompAction::KillProcess);
    // The kernel follows the strictest answer of all filters. The second must go in before the first forbids it.
    let (Some(allowed), Some(deadly)) = (allowed, deadly) else { return false };
    apply_filter(&deadly).is_ok() && apply_filter(&allowed).is_ok()
}

/// Returns what is allowed, and under which conditions.
fn allowed() -> Option<BTreeMap<i64, Vec<SeccompRule>>> {
    let mut rules: BTreeMap<_, _> = ALLOWED.iter().map(|&call| (call, Vec::new())).collect();
    let is = |argument, operator, value| {
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value).ok()?;
        Some(vec![SeccompRule::new(vec![condition]).ok()?])
    };
    // Its pipes and no other descriptor: whoever started the program may have left some open for everybody.
    for call in [libc::SYS_read, libc::SYS_readv, libc::SYS_write, libc::SYS_writev] {
        rules.insert(call, is(0, SeccompCmpOp::Le, LAST_PIPE)?);
    }
    // Memory, and no file in it.
    rules.insert(libc::SYS_mmap, is(4, SeccompCmpOp::Eq, NO_FILE)?);
    // To abort, a process sends itself a signal: to nobody else.
    for call in [libc::SYS_tgkill, libc::SYS_tkill] {
        rules.insert(call, is(0, SeccompCmpOp::Eq, std::process::id().into())?);
    }
    Some(rules)
}

fn program(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    others: SeccompAction,
    these: SeccompAction,
) -> Option<BpfProgram> {
    let architecture = std::env::consts::ARCH.try_into().ok()?;
    SeccompFilter::new(rules, others, these, architecture).ok()?.try_into().ok()
}
