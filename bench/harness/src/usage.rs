//! What a process and its descendants have used, as the kernel counts it.

use std::fs;
use std::io;
use std::time::Duration;

/// The unit of times in /proc (`USER_HZ`), which is the same on every Linux.
const TICKS_PER_SECOND: u32 = 100;

/// What a process and its descendants have used so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// In user mode and in the kernel, children that have ended included.
    pub(crate) cpu: Duration,
    /// The most memory that was resident at once (`VmHWM`).
    pub(crate) peak_bytes: u64,
    /// The memory that is resident now (`VmRSS`).
    pub(crate) resident_bytes: u64,
}

impl Usage {
    /// Asks the kernel.
    pub(crate) fn of_tree(pid: u32) -> io::Result<Self> {
        let mut total = Self::default();
        for pid in tree(pid)? {
            // A child may end at any moment; its parent then has its times.
            let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
            let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            total.cpu += cpu(&stat).unwrap_or_default();
            total.peak_bytes += bytes(&status, "VmHWM:").unwrap_or_default();
            total.resident_bytes += bytes(&status, "VmRSS:").unwrap_or_default();
        }
        Ok(total)
    }
}

/// The process and its descendants, as the kernel lists them for each thread (`man
/// proc_pid_task_tid_children`).
fn tree(root: u32) -> io::Result<Vec<u32>> {
    let mut tree = vec![root];
    let mut next = 0;
    while let Some(pid) = tree.get(next).copied() {
        for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
            // A thread may end at any moment.
            let children = fs::read_to_string(thread?.path().join("children")).unwrap_or_default();
            tree.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
        next += 1;
    }
    Ok(tree)
}

/// The fields behind the name, which may have blanks and parentheses of its own (`man proc_pid_stat`).
fn fields(stat: &str) -> Option<Vec<&str>> {
    Some(stat.rsplit_once(')')?.1.split_whitespace().collect())
}

/// `utime`, `stime`, `cutime` and `cstime`, in ticks.
fn cpu(stat: &str) -> Option<Duration> {
    let ticks =
        fields(stat)?.get(11..15)?.iter().map(|field| field.parse::<u32>().ok()).sum::<Option<u32>>()?;
    Some(Duration::from_secs(1) * ticks / TICKS_PER_SECOND)
}

fn bytes(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_shifts_no_field() {
        let stat = "7 (a) b) S 3 7 7 0 -1 0 100 0 0 0 150 25 20 5 20 0 1 0";
        assert_eq!(cpu(stat), Some(Duration::from_secs(2)));
    }

    #[test]
    fn children_count_too() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("a child");
        assert_eq!(tree(std::process::id()).expect("the kernel tells"), [std::process::id(), child.id()]);
        child.kill().expect("its end");
        child.wait().expect("its end");
    }

    #[test]
    fn this_process_has_used_memory() {
        let usage = Usage::of_tree(std::process::id()).expect("the kernel tells");
        assert!(usage.peak_bytes > 100_000, "{usage:?}");
        assert!(usage.resident_bytes <= usage.peak_bytes, "{usage:?}");
        assert_eq!(bytes("Name:\tx\nVmHWM:\t    2128 kB\n", "VmHWM:"), Some(2128 * 1024));
    }
}
