use clap::CommandFactory as _;

use super::*;

#[test]
fn the_grammar_is_sound() {
    CommandLine::command().debug_assert();
}
