//! A program that prints a key, such as the client of a key management service. It is started without
//! a shell, without our own secrets in its environment, and with bounds for its time and its output.

use std::io::Read as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::KeyError;
use crate::config::secrets::{KeyCommand, parse_key};
use crate::config::settings::{Kind, SETTINGS};
use crate::folders::cause;
use crate::limits;
use crate::seal::Secret;

/// What went wrong with the program, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("its program cannot be started ({}); check its name, and that this user may run it", cause(*.0))]
    NotStarted(std::io::ErrorKind),
    #[error("its program did not end in time; run it by hand to see what it waits for")]
    Slow,
    #[error("its program failed; run it by hand, as this user, to see why")]
    Failed,
    #[error(
        "its program did not print a key, which is 32 bytes in hex or base64 and nothing else; run it by hand to see"
    )]
    NoKey,
}

/// Runs the program and reads the key that it prints. Blocks, for a bounded time.
pub fn printed(command: &KeyCommand) -> Result<Secret, KeyError> {
    within(command, limits::KEY_COMMAND_WITHIN).map_err(|fault| KeyError::Command {
        setting: command.setting,
        fault,
    })
}

/// The program, before it is started.
fn program(command: &KeyCommand) -> Command {
    let mut program = Command::new(&command.program);
    program
        .args(&command.arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // Nobody can tell what a program writes there, so it does not get into our log.
        .stderr(Stdio::null());
    let settings = SETTINGS.iter();
    for secret in settings.filter(|setting| setting.kind == Kind::Secret) {
        program.env_remove(secret.variable());
        if let Some(alias) = secret.alias {
            program.env_remove(alias);
        }
    }
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        // What the program starts can then be ended with it.
        program.process_group(0);
    }
    program
}

fn within(command: &KeyCommand, time: Duration) -> Result<Secret, Fault> {
    let until = Instant::now() + time;
    let running = program(command).spawn();
    let mut running = running.map_err(|error| Fault::NotStarted(error.kind()))?;
    let read = read(&mut running, until);
    let status = read.and_then(|text| Ok((text, ended(&mut running, until)?)));
    if status.is_err() {
        end(&mut running);
    }
    let (text, status) = status?;
    if !status.success() {
        return Err(Fault::Failed);
    }
    let text = std::str::from_utf8(&text).map_err(|_| Fault::NoKey)?;
    parse_key(text).ok_or(Fault::NoKey)
}

/// What it prints, until it closes its output. A thread of its own reads, as the output may stay open.
fn read(running: &mut Child, until: Instant) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let output = running.stdout.take().ok_or(Fault::NoKey)?;
    let (told, whole) = mpsc::channel();
    let reading = move || {
        let mut text = Zeroizing::new(Vec::with_capacity(limits::KEY_COMMAND_MAX_BYTES + 1));
        let most = limits::KEY_COMMAND_MAX_BYTES as u64 + 1;
        let read = output.take(most).read_to_end(&mut text);
        // Nobody waits any more where that took too long.
        let _ = told.send(read.map(|_| text));
    };
    let thread = std::thread::Builder::new().spawn(reading);
    thread.map_err(|error| Fault::NotStarted(error.kind()))?;
    let left = until.saturating_duration_since(Instant::now());
    let text = whole.recv_timeout(left).map_err(|_| Fault::Slow)?;
    let text = text.map_err(|_| Fault::NoKey)?;
    match text.len() > limits::KEY_COMMAND_MAX_BYTES {
        true => Err(Fault::NoKey),
        false => Ok(text),
    }
}

fn ended(running: &mut Child, until: Instant) -> Result<ExitStatus, Fault> {
    loop {
        match running.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() < until => std::thread::sleep(limits::KEY_COMMAND_LOOK),
            Ok(None) => return Err(Fault::Slow),
            Err(_) => return Err(Fault::Failed),
        }
    }
}

/// Ends the program and what it started.
fn end(running: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(running.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = running.kill();
    let _ = running.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    fn shell(script: &str) -> KeyCommand {
        KeyCommand {
            setting: "secret.key_command",
            program: "/bin/sh".to_owned(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
        }
    }

    #[test]
    fn a_key_is_read_in_hex_and_base64() {
        for printed_key in [
            "ab".repeat(32),
            "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=".to_owned(),
        ] {
            let key = printed(&shell(&format!("echo {printed_key}"))).unwrap();
            assert_eq!(key.expose_secret(), &[0xab; 32]);
        }
    }

    #[test]
    fn what_gives_no_key_is_told_without_what_it_printed() {
        let minute = Duration::from_secs(60);
        for (script, fault) in [
            ("echo sesame; exit 3", Fault::Failed),
            ("echo sesame", Fault::NoKey),
            ("printf '\\377\\376'", Fault::NoKey),
            ("", Fault::NoKey),
            // It would print for ever.
            ("yes sesame", Fault::NoKey),
            ("exec >&-; kill -9 $$", Fault::Failed),
        ] {
            let told = within(&shell(script), minute).unwrap_err();
            assert_eq!(told, fault, "{script}");
            assert!(!told.to_string().contains("sesame"));
        }
        let absent = KeyCommand {
            program: "/nowhere/at/all".to_owned(),
            ..shell("")
        };
        let told = within(&absent, minute).unwrap_err();
        assert_eq!(told, Fault::NotStarted(std::io::ErrorKind::NotFound));
        let told = told.to_string();
        assert!(told.contains("(there is no such file or folder)"), "{told}");
    }

    #[test]
    fn the_program_gets_none_of_our_secrets() {
        let command = program(&shell("env"));
        let changed: Vec<_> = command.get_envs().collect();
        for name in ["WEBEX_ACCESS_TOKEN", "WEBEX_MCP_SECRET_PREVIOUS_KEY"] {
            assert!(changed.contains(&(name.as_ref(), None)), "{name}");
        }
    }

    #[test]
    fn one_that_does_not_end_is_ended_with_what_it_started() {
        // The inner one holds the output open; the outer one would wait for it.
        for script in ["sleep 600", "sleep 600 & wait", "exec >&-; sleep 600"] {
            let told = within(&shell(script), Duration::from_millis(50));
            assert_eq!(told.err(), Some(Fault::Slow), "{script}");
        }
    }
}
