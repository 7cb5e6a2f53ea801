//! What the kernel says about a process: processor time and memory, from `/proc`.

use std::fs;

use anyhow::{Context, Result};

/// Linux counts processor time for user space in hundredths of a second on every architecture.
const MICROSECONDS_PER_TICK: u64 = 10_000;

/// User and system time a process has used since it started, in microseconds.
///
/// # Errors
/// When the process is gone or `/proc` is not Linux's.
pub fn cpu_microseconds(pid: u32) -> Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .with_context(|| format!("process {pid} cannot be read: is it still running?"))?;
    // The command's name may hold spaces, so fields are counted after its closing parenthesis.
    let (_, fields) = stat
        .rsplit_once(')')
        .context("/proc/<pid>/stat has no name")?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut ticks = || -> Result<u64> {
        let field = fields.next().context("/proc/<pid>/stat is too short")?;
        Ok(field.parse()?)
    };
    Ok((ticks()? + ticks()?) * MICROSECONDS_PER_TICK)
}

/// Resident memory of a process, in KiB.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Memory {
    /// Now.
    pub rss_kib: u64,
    /// The most there has been.
    pub peak_kib: u64,
}

/// Reads the resident memory of a process.
///
/// # Errors
/// When the process is gone or `/proc` is not Linux's.
pub fn memory(pid: u32) -> Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .with_context(|| format!("process {pid} cannot be read: is it still running?"))?;
    let field = |name: &str| -> Result<u64> {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .with_context(|| format!("/proc/<pid>/status has no {name}"))?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    };
    Ok(Memory {
        rss_kib: field("VmRSS:")?,
        peak_kib: field("VmHWM:")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_time_and_memory() {
        let pid = std::process::id();
        let before = cpu_microseconds(pid).unwrap();
        let mut sum = 0_u64;
        while cpu_microseconds(pid).unwrap() < before + 3 * MICROSECONDS_PER_TICK {
            sum = sum.wrapping_add(before);
        }
        let memory = memory(pid).unwrap();
        assert!(
            memory.rss_kib > 0 && memory.peak_kib >= memory.rss_kib,
            "{sum}"
        );
    }
}
