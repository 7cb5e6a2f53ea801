//! A world in a file: whatever is in it is refused with a line, or is a world that is written as it
//! was read.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use webex_sandbox::{Options, Sandbox, WorldFileError};

/// The demo company with a few generated people, line by line.
static LINES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let sandbox = Sandbox::new(Options {
        population: "6,3,60".parse().ok(),
        ..Options::for_tests()
    });
    let file = save(&sandbox);
    let lines = file.split(|byte| *byte == b'\n');
    lines.map(<[u8]>::to_vec).collect()
});

fn save(sandbox: &Sandbox) -> Vec<u8> {
    let mut file = Vec::new();
    let saved = sandbox.save(&mut file);
    saved.expect("what was read can be written");
    file
}

fn check(file: &[u8]) {
    match Sandbox::load(Options::for_tests(), file) {
        Ok(sandbox) => {
            let once = save(&sandbox);
            let again = Sandbox::load(Options::for_tests(), once.as_slice());
            let again = again.expect("what was written can be read");
            assert!(save(&again) == once, "it is another world now");
        }
        Err(error) => {
            let is_of_the_system =
                matches!(error, WorldFileError::Read(_) | WorldFileError::Write(_));
            assert!(!is_of_the_system, "{error}");
        }
    }
}

fuzz_target!(|data: &[u8]| {
    check(data);
    // Two bytes choose a line of a sound world, which the rest takes the place of.
    let Some((place, line)) = data.split_first_chunk::<2>() else {
        return;
    };
    let mut lines = LINES.clone();
    let at = usize::from(u16::from_le_bytes(*place)) % lines.len();
    lines[at] = line.to_vec();
    check(&lines.join(&b'\n'));
});
