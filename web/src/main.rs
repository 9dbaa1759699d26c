//! The `myshop` binary: reads the command line and does what it says.

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    web::memory::limit_arenas();
    let cli = web::cli::Cli::parse();
    web::cli::main(cli)
}
