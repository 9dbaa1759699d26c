//! `myshop seed` and `myshop import`.

use super::embed::{self, Embedding};
use crate::{
    config::Config,
    database, demo,
    feed::{
        import::{self, ImportOptions, PictureSource},
        read::Format,
    },
    pipeline::Scan,
};
use anyhow::bail;
use clap::Args;
use indicatif::MultiProgress;
use std::path::PathBuf;

/// Options of `seed`.
#[derive(Debug, Args)]
pub struct SeedArgs {
    /// Put the whole catalogue back as it was written, edited and deleted products included.
    /// Without this, what was sown before is left alone.
    #[arg(long)]
    force: bool,
}

pub(super) async fn seed(config: &Config, args: &SeedArgs) -> anyhow::Result<()> {
    if !config.shop.demo {
        bail!(
            "the demo's users have published passwords: seeding needs MYSHOP_SHOP__DEMO=true and a database of its own"
        );
    }
    let shop = database::open_shop(config).await?;
    let progress = MultiProgress::new();
    let report = if args.force {
        demo::seed(&shop, &progress).await?
    } else {
        demo::ensure(&shop, &progress).await?
    };
    println!(
        "{} products new, {} put back, {} as they were, {} left alone; {} pictures drawn",
        report.created, report.updated, report.unchanged, report.left, report.rendered
    );
    let lived = report.lived;
    println!(
        "{} coupons, {} orders and {} reviews of the past",
        lived.coupons, lived.orders, lived.reviews
    );
    for refused in &report.refused {
        println!("refused {}: {}", refused.sku, refused.reason);
    }
    Ok(())
}

/// Options of `import`.
///
/// The file is CSV, TSV, JSON Lines or a Google Merchant product feed (TSV, RSS or Atom), plain
/// or gzipped. A broken import goes on where it stopped when it is started again; a finished one
/// changes only what differs. Rows that cannot be taken are written to a file with the reasons.
///
/// Example: myshop import catalog.csv --mapping mapping.toml --image-tar images.tar
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct ImportArgs {
    /// The feed.
    file: PathBuf,
    /// Format of the feed; told from the file's name unless given.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// How columns become products (TOML). Without it, the columns of CSV and JSON Lines are
    /// id, name, description, brand, category, price, stock, image, sku and status, those of TSV
    /// and XML have the names of Google Merchant.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Directory with the pictures that the image column names.
    #[arg(long, value_name = "DIR", group = "images")]
    image_dir: Option<PathBuf>,
    /// Tar archive with the pictures that the image column names.
    #[arg(long, value_name = "FILE", group = "images")]
    image_tar: Option<PathBuf>,
    /// The image column holds URLs: fetch them.
    #[arg(long, group = "images")]
    image_urls: bool,
    /// Let image URLs lead into private networks.
    #[arg(long, requires = "image_urls")]
    allow_private: bool,
    /// Where rejected rows and picture problems go; the feed's name with .rejects.jsonl, in the working
    /// directory, unless given.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Products written in one transaction.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=1000))]
    batch: u16,
    /// Begin at the first row, even if an earlier import of this file was broken off.
    #[arg(long)]
    restart: bool,
    /// Check every row, write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Leave embedding to a running server or to `myshop reindex`.
    #[arg(long)]
    no_embed: bool,
}

impl ImportArgs {
    fn options(self) -> ImportOptions {
        let pictures = match (self.image_dir, self.image_tar, self.image_urls) {
            (Some(directory), ..) => PictureSource::Dir(directory),
            (_, Some(archive), _) => PictureSource::Tar(archive),
            (_, _, true) => PictureSource::Urls {
                allow_private: self.allow_private,
            },
            _ => PictureSource::None,
        };
        ImportOptions {
            file: self.file,
            format: self.format,
            mapping: self.mapping,
            pictures,
            rejects: self.rejects,
            batch: usize::from(self.batch),
            restart: self.restart,
            dry_run: self.dry_run,
        }
    }
}

pub(super) async fn import(config: &Config, args: ImportArgs) -> anyhow::Result<()> {
    let shop = database::open_shop(config).await?;
    let multi = MultiProgress::new();
    let leave_embedding = args.no_embed || args.dry_run;
    let options = args.options();
    import::check(&shop, &options)?;
    let embedding = if leave_embedding {
        None
    } else {
        Embedding::start(config, &shop, &multi, Scan::Nothing).await?
    };
    let report = import::run(&shop, &options, &multi).await?;
    println!("{report}");
    if let Some(embedding) = embedding {
        let progress = embedding.finish(&multi).await?;
        println!("{}", embed::summary(&progress));
    }
    if report.is_failure() {
        bail!("not one row could be taken");
    }
    Ok(())
}
