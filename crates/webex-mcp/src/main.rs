//! The `webex-mcp` command.

fn main() {}
