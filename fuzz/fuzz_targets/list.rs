//! A list as CSV: what is read has an address by a column of ours, what is refused quotes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use webex_mcp::tool::table::Table;

const COLUMNS: [&str; 3] = ["email", "displayName", "moderator"];
const MOST_LINES: usize = 100;

fuzz_target!(|bytes: &[u8]| {
    match Table::read("csv", bytes, &COLUMNS, MOST_LINES) {
        Ok(table) => {
            assert!(table.lines.len() <= MOST_LINES);
            let mut before = 0;
            for line in &table.lines {
                assert!(line.number >= before, "lines go on");
                before = line.number;
                for (name, text) in line.cells() {
                    assert!(COLUMNS.contains(&name) && !text.is_empty());
                }
            }
        }
        Err(error) => {
            assert!(error.message.len() < 2_000 && error.message.is_ascii(), "{error:?}");
        }
    }
});
