//! The command line: every subcommand, its options, and the help that teaches them.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to people"
)]

mod data;
mod embed;
mod eval;
mod examples;
mod models;
mod serve;

use crate::{config::Config, database, telemetry};
use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use migration::{Migrator, MigratorTrait};
use std::{path::PathBuf, process::ExitCode};

pub use data::{ImportArgs, SeedArgs};
pub use embed::ReindexArgs;
pub use eval::EvalArgs;
pub use models::{ModelsArgs, ModelsCommand};
pub use serve::ServeArgs;

/// A GraphQL shop whose recommender is part of the core.
///
/// Without settings everything lives in ./data: a SQLite file, pictures and models. Settings
/// come from myshop.toml (or --config FILE) and from environment variables such as
/// MYSHOP_SERVER__PORT, DATABASE_URL, REDIS_URL and PORT; the environment wins.
#[derive(Debug, Parser)]
#[command(name = "myshop", version, about, max_term_width = 100)]
pub struct Cli {
    /// Settings file; myshop.toml in the working directory unless given.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the shop: GraphQL at /graphql, GraphiQL at /graphiql, pictures at /media.
    #[command(after_help = examples::SERVE)]
    Serve(ServeArgs),
    /// Bring the database schema up to date, or look at it.
    #[command(after_help = examples::MIGRATE)]
    Migrate(MigrateArgs),
    /// Print the GraphQL schema, for code generators.
    #[command(after_help = examples::SCHEMA)]
    Schema(SchemaArgs),
    /// Fill the shop with the demo catalogue, its users and its past.
    #[command(after_help = examples::SEED)]
    Seed(SeedArgs),
    /// Import products with their pictures from a feed.
    #[command(after_help = examples::IMPORT)]
    Import(Box<ImportArgs>),
    /// Embed what lacks vectors, or everything anew.
    #[command(after_help = examples::REINDEX)]
    Reindex(ReindexArgs),
    /// Evaluate recommendations and search on data with known answers.
    #[command(after_help = examples::EVAL)]
    Eval(Box<EvalArgs>),
    /// Obtain, check or list the models and ONNX Runtime.
    #[command(after_help = examples::MODELS)]
    Models(ModelsArgs),
}

/// Options of `migrate`.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// What to do.
    #[arg(value_enum, default_value = "up")]
    direction: Direction,
}

/// What `migrate` does.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Direction {
    /// Apply what is pending.
    Up,
    /// Show which steps are applied.
    Status,
    /// Take back the last step. Deletes its data.
    Down,
}

/// Options of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Write to this file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs a command and tells how it ended.
#[must_use]
pub fn main(cli: Cli) -> ExitCode {
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("myshop: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    // The schema needs no settings, so that a code generator's build needs none either.
    if let Command::Schema(args) = &cli.command {
        return schema(args);
    }
    let config = Config::load(cli.config.as_deref())?;
    telemetry::init(&config.telemetry);
    // TLS takes one provider per process; an earlier one does as well.
    drop(rustls::crypto::ring::default_provider().install_default());
    let runtime = runtime()?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(args) => serve::run(config, args).await,
            Command::Migrate(args) => migrate(&config, &args).await,
            Command::Schema(args) => schema(&args),
            Command::Seed(args) => data::seed(&config, &args).await,
            Command::Import(args) => data::import(&config, *args).await,
            Command::Reindex(args) => embed::reindex(&config, &args).await,
            Command::Eval(args) => eval::run(&config, *args).await,
            Command::Models(args) => models::run(&config, args).await,
        }
    })
}

/// Stack of a thread: unoptimised code keeps every temporary of a poll in its frame, and paying an
/// order through GraphQL then takes more than the default of 2 MiB. What is not used takes no memory.
const STACK: usize = 8 << 20;

/// What commands run on, and each run of `serve`.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().thread_stack_size(STACK).build()
}

fn schema(args: &SchemaArgs) -> anyhow::Result<()> {
    let sdl = graphql::sdl();
    match &args.output {
        Some(path) => std::fs::write(path, sdl).with_context(|| format!("{} cannot be written", path.display())),
        None => {
            print!("{sdl}");
            Ok(())
        }
    }
}

async fn migrate(config: &Config, args: &MigrateArgs) -> anyhow::Result<()> {
    let db = database::connect(config).await?.connection;
    match args.direction {
        Direction::Up => database::migrate(config).await?,
        Direction::Down => Migrator::down(&db, Some(1)).await?,
        Direction::Status => {}
    }
    for step in Migrator::get_migration_with_status(&db).await? {
        println!("{:>8}  {}", step.status().to_string().to_lowercase(), step.name());
    }
    Ok(())
}
