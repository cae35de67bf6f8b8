//! CPU time and memory of a process and its descendants, from the kernel.

use procfs::process::Process;
use procfs::{ProcError, ProcResult};
use std::time::Duration;

/// Error number for a process or thread that ended while it was inspected.
const ESRCH: i32 = 3;

/// CPU time and memory of a process and its descendants so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// CPU time in user mode and in the kernel (`utime` + `stime`), with children that have ended.
    pub(crate) cpu: Duration,
    /// Maximum of the resident memory (`VmHWM`).
    pub(crate) peak_bytes: u64,
    /// Resident memory now (`VmRSS`).
    pub(crate) resident_bytes: u64,
}

impl Usage {
    /// Reads the usage of a process and its descendants from the kernel.
    pub(crate) fn of_tree(pid: u32) -> ProcResult<Self> {
        let mut total = Self::of_process(pid)?;
        for descendant in descendants(pid)? {
            // A child may end at any moment; its times are then those of its parent.
            let usage = unless_ended(Self::of_process(descendant))?.unwrap_or_default();
            total.cpu += usage.cpu;
            total.peak_bytes += usage.peak_bytes;
            total.resident_bytes += usage.resident_bytes;
        }
        Ok(total)
    }

    fn of_process(pid: u32) -> ProcResult<Self> {
        let process = Process::new(pid.cast_signed())?;
        let (stat, status) = (process.stat()?, process.status()?);
        let ticks = stat.utime + stat.stime + (stat.cutime + stat.cstime).cast_unsigned();
        let bytes = |kib: Option<u64>| kib.unwrap_or_default() * 1024;
        Ok(Self {
            cpu: Duration::from_millis(ticks * 1_000 / procfs::ticks_per_second()),
            peak_bytes: bytes(status.vmhwm),
            resident_bytes: bytes(status.vmrss),
        })
    }
}

/// Returns the CPU time of the threads of a process, as the scheduler counts it: exact, unlike the ticks of [`Usage`].
pub(crate) fn cpu_of(pid: u32) -> ProcResult<Duration> {
    let mut nanoseconds = 0;
    for thread in Process::new(pid.cast_signed())?.tasks()? {
        let times = thread.and_then(|thread| thread.schedstat());
        nanoseconds += unless_ended(times)?.map_or(0, |times| times.sum_exec_runtime);
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// Returns the descendants of a process, at all levels.
fn descendants(pid: u32) -> ProcResult<Vec<u32>> {
    let mut found = children(pid)?;
    let mut next = 0;
    while let Some(pid) = found.get(next).copied() {
        found.extend(unless_ended(children(pid))?.unwrap_or_default());
        next += 1;
    }
    Ok(found)
}

/// Returns the children of a process, which the kernel lists for each thread.
fn children(pid: u32) -> ProcResult<Vec<u32>> {
    let mut children = Vec::new();
    for thread in Process::new(pid.cast_signed())?.tasks()? {
        let of_thread = thread.and_then(|thread| thread.children());
        children.extend(unless_ended(of_thread)?.unwrap_or_default());
    }
    Ok(children)
}

/// Returns `None` for a process or thread that has ended meanwhile.
fn unless_ended<T>(result: ProcResult<T>) -> ProcResult<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(ProcError::NotFound(_)) => Ok(None),
        Err(ProcError::Io(error, _)) if error.raw_os_error() == Some(ESRCH) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn descendants_are_children_and_their_children() {
        let mut shell = Command::new("sh").args(["-c", "sleep 60 & wait"]).spawn().expect("a child");
        let grandchild = loop {
            if let Some(pid) = children(shell.id()).expect("the child runs").first() {
                break *pid;
            }
        };
        let found = descendants(std::process::id()).expect("this process runs");
        assert!(found.contains(&shell.id()) && found.contains(&grandchild), "{found:?}");
        Command::new("kill").arg(grandchild.to_string()).status().expect("kill runs");
        shell.wait().expect("its end");
    }

    #[test]
    fn this_process_uses_memory_and_time() {
        let usage = loop {
            let usage = Usage::of_tree(std::process::id()).expect("this process runs");
            if !usage.cpu.is_zero() {
                break usage;
            }
        };
        assert!(usage.peak_bytes > 100_000, "{usage:?}");
        assert!(usage.resident_bytes <= usage.peak_bytes, "{usage:?}");
    }

    #[test]
    fn a_process_that_does_not_run_is_an_error() {
        assert!(Usage::of_tree(u32::MAX >> 1).is_err());
    }
}
