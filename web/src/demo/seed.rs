//! Sowing the catalogue: renders what is missing on all cores, writes in batches, resumes.
//!
//! Each batch is written in one transaction and then noted in the ledger. A process that is
//! killed in between repeats that one batch, which changes nothing: products are known by
//! their external ids and pictures by their content.

use super::{
    catalogue::{BadCatalogue, Catalogue},
    drawing::{Drawing, RenderError},
    entry::DemoProduct,
    ledger::{Ledger, PictureMark, SOURCE, Sown},
    past::{self, BadPast, Lived},
    users::ensure_users,
};
use futures::{StreamExt, TryStreamExt, stream};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use shop::{
    Shop, ShopError,
    catalog::{BulkOutcome, BulkProduct},
    id::ProductId,
    imports::ImportRun,
    media::StoredMedia,
    viewer::Staff,
};
use std::{collections::HashSet, num::NonZero, thread::available_parallelism};

/// Pixels of a picture's side: as wide as a product page shows it, and small enough to be
/// stored as it is.
const SIDE: u32 = 960;
/// Products of one transaction: what a killed process repeats, and the pictures in memory.
const BATCH: usize = 24;

/// What a seeding did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeedReport {
    /// Products that are new.
    pub created: usize,
    /// Products that were put back as the catalogue has them.
    pub updated: usize,
    /// Products that were just so.
    pub unchanged: usize,
    /// Products that were sown before and left as they are, edited or deleted though they be.
    pub left: usize,
    /// Pictures that were drawn.
    pub rendered: usize,
    /// Products that the shop would not take.
    pub refused: Vec<Refused>,
    /// What was added to the shop's past.
    pub lived: Lived,
}

/// A product that the shop would not take: another one has its SKU, for example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which.
    pub sku: String,
    /// Why, for people.
    pub reason: String,
}

/// Why the catalogue was not sown to its end; the next attempt goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The catalogue itself will not do.
    #[error(transparent)]
    Catalogue(#[from] BadCatalogue),
    /// The past will not do.
    #[error(transparent)]
    Past(#[from] BadPast),
    /// A picture could not be drawn.
    #[error("{0}: {1}")]
    Render(String, #[source] RenderError),
    /// Drawing was broken off.
    #[error("drawing was broken off: {0}")]
    BrokenOff(#[from] tokio::task::JoinError),
    /// The shop failed.
    #[error(transparent)]
    Shop(#[from] ShopError),
}

/// For a start in demo mode: sows what this shop never had. Costs one statement when there
/// is nothing to do.
///
/// # Errors
/// See [`SeedError`].
pub async fn ensure(shop: &Shop, progress: &MultiProgress) -> Result<SeedReport, SeedError> {
    Seeder::new(shop, progress).ensure().await
}

/// For the explicit command: puts users and the whole catalogue back. Names, texts, prices
/// and stocks become what the catalogue says; pictures are drawn where there is none, or
/// another than the catalogue's present one was sown.
///
/// # Errors
/// See [`SeedError`].
pub async fn seed(shop: &Shop, progress: &MultiProgress) -> Result<SeedReport, SeedError> {
    Seeder::new(shop, progress).seed().await
}

/// Sows the catalogue into one shop.
#[derive(Clone, Copy, Debug)]
pub struct Seeder<'a> {
    shop: &'a Shop,
    progress: &'a MultiProgress,
    side: u32,
}

/// What is written for one product.
struct Job<'a> {
    product: &'a DemoProduct,
    mark: PictureMark,
    needs_picture: bool,
}

impl<'a> Seeder<'a> {
    /// For this shop, shown here.
    #[must_use]
    pub fn new(shop: &'a Shop, progress: &'a MultiProgress) -> Self {
        Self {
            shop,
            progress,
            side: SIDE,
        }
    }

    /// With pictures of another size: tests are in a hurry.
    #[must_use]
    pub fn with_picture_side(self, side: u32) -> Self {
        Self { side, ..self }
    }

    /// See [`ensure`].
    ///
    /// # Errors
    /// See [`SeedError`].
    pub async fn ensure(&self) -> Result<SeedReport, SeedError> {
        let mut run = self.begin().await?;
        let ledger = &run.checkpoint;
        let is_sown = ledger.edition.as_ref() == Some(&Catalogue::edition());
        let as_it_is = SeedReport {
            left: ledger.products.len(),
            ..SeedReport::default()
        };
        if is_sown && ledger.past.is_over {
            return Ok(as_it_is);
        }
        if !ledger.has_users {
            ensure_users(&past::when_users_came(self.shop)).await?;
            run.checkpoint.has_users = true;
        }
        let catalogue = Catalogue::load(self.shop.currency())?;
        if is_sown {
            // An earlier edition of the program sowed it, without a past.
            let lived = self.live(&mut run, &catalogue).await?;
            return Ok(SeedReport { lived, ..as_it_is });
        }
        let is_new = |product: &&DemoProduct| !run.checkpoint.products.contains_key(&product.sku);
        let jobs: Vec<Job<'_>> = catalogue
            .products
            .iter()
            .filter(is_new)
            .map(|product| self.job(product, true))
            .collect();
        let left = catalogue.products.len() - jobs.len();
        let report = self.sow(&mut run, &jobs).await?;
        let lived = self.live(&mut run, &catalogue).await?;
        Ok(SeedReport { left, lived, ..report })
    }

    /// See [`seed`].
    ///
    /// # Errors
    /// See [`SeedError`].
    pub async fn seed(&self) -> Result<SeedReport, SeedError> {
        let mut run = self.begin().await?;
        ensure_users(&past::when_users_came(self.shop)).await?;
        run.checkpoint.has_users = true;
        let catalogue = Catalogue::load(self.shop.currency())?;
        let pictured = self.pictured(&run.checkpoint).await?;
        let job = |product| {
            let mut job = self.job(product, true);
            let sown = run.checkpoint.products.get(&product.sku);
            job.needs_picture = !sown.is_some_and(|sown| sown.picture == job.mark && pictured.contains(&sown.id));
            job
        };
        let jobs: Vec<Job<'_>> = catalogue.products.iter().map(job).collect();
        let report = self.sow(&mut run, &jobs).await?;
        let lived = self.live(&mut run, &catalogue).await?;
        Ok(SeedReport { lived, ..report })
    }

    async fn live(&self, run: &mut ImportRun<Ledger>, catalogue: &Catalogue) -> Result<Lived, SeedError> {
        let bar = self.bar(0, "events of its past");
        let lived = past::live(self.shop, run, catalogue, &bar).await;
        bar.finish_and_clear();
        self.progress.remove(&bar);
        lived
    }

    async fn begin(&self) -> Result<ImportRun<Ledger>, ShopError> {
        self.shop.imports().begin(SOURCE, self.shop.now()).await
    }

    fn job<'p>(&self, product: &'p DemoProduct, needs_picture: bool) -> Job<'p> {
        let mark = PictureMark::of(&product.drawing, self.side);
        Job {
            product,
            mark,
            needs_picture,
        }
    }

    /// Products of the ledger that are still there and have a picture.
    async fn pictured(&self, ledger: &Ledger) -> Result<HashSet<ProductId>, ShopError> {
        let ids: Vec<ProductId> = ledger.products.values().map(|sown| sown.id).collect();
        let views = self.shop.catalog().load_fresh(&ids).await?;
        Ok(views
            .iter()
            .filter(|view| !view.media.is_empty())
            .map(|view| view.id())
            .collect())
    }

    async fn sow(&self, run: &mut ImportRun<Ledger>, jobs: &[Job<'_>]) -> Result<SeedReport, SeedError> {
        let mut report = SeedReport::default();
        let before = run.checkpoint.clone();
        let bar = self.bar(jobs.len(), "products");
        for batch in jobs.chunks(BATCH) {
            let products = self.prepare(batch).await?;
            let outcomes = Staff::operator(self.shop).catalog().upsert_many(&products).await?;
            for (job, outcome) in batch.iter().zip(outcomes) {
                if let Some(id) = outcome.id() {
                    let sown = Sown {
                        id,
                        picture: job.mark.clone(),
                    };
                    run.checkpoint.products.insert(job.product.sku.clone(), sown);
                }
                report.count(job, outcome);
            }
            if run.checkpoint != before {
                self.shop.imports().checkpoint(run, self.shop.now()).await?;
            }
            bar.inc(batch.len() as u64);
        }
        // Refused products too are done with: every start would draw them again for nothing.
        run.checkpoint.edition = Some(Catalogue::edition());
        if run.checkpoint != before {
            self.shop.imports().checkpoint(run, self.shop.now()).await?;
        }
        bar.finish_and_clear();
        self.progress.remove(&bar);
        Ok(report)
    }

    /// The batch as the shop takes it, with pictures in the store. Draws on as many threads
    /// as there are cores.
    async fn prepare(&self, batch: &[Job<'_>]) -> Result<Vec<BulkProduct>, SeedError> {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let (side, shop) = (self.side, self.shop);
        // Collected, so that the stream borrows nothing of the jobs while it waits.
        let drawings: Vec<Option<(String, Drawing)>> = batch
            .iter()
            .map(|job| {
                job.needs_picture
                    .then(|| (job.product.sku.clone(), job.product.drawing.clone()))
            })
            .collect();
        let pictures: Vec<Option<StoredMedia>> = stream::iter(drawings)
            .map(|drawing| async move {
                let Some((sku, drawing)) = drawing else { return Ok(None) };
                picture(shop, sku, drawing, side).await.map(Some)
            })
            .buffered(cores)
            .try_collect()
            .await?;
        let with_picture = |(job, stored): (&Job<'_>, Option<StoredMedia>)| BulkProduct {
            pictures: stored.map(|stored| vec![(stored, job.product.alt.clone())]),
            ..job.product.bulk.clone()
        };
        Ok(batch.iter().zip(pictures).map(with_picture).collect())
    }

    fn bar(&self, length: usize, of: &'static str) -> ProgressBar {
        let bar = self.progress.add(ProgressBar::new(length as u64));
        let style = ProgressStyle::with_template("demo shop {wide_bar} {pos}/{len} {msg}");
        bar.set_style(style.expect("the template is constant and correct"));
        bar.with_message(of)
    }
}

async fn picture(shop: &Shop, sku: String, drawing: Drawing, side: u32) -> Result<StoredMedia, SeedError> {
    let rendered = tokio::task::spawn_blocking(move || drawing.render(side)).await?;
    let jpeg = rendered.map_err(|error| SeedError::Render(sku, error))?;
    Ok(shop.media().ingest_for_import(jpeg.into()).await?)
}

impl SeedReport {
    fn count(&mut self, job: &Job<'_>, outcome: BulkOutcome) {
        self.rendered += usize::from(job.needs_picture);
        match outcome {
            BulkOutcome::Created(_) => self.created += 1,
            BulkOutcome::Updated(_) => self.updated += 1,
            BulkOutcome::Unchanged(_) => self.unchanged += 1,
            BulkOutcome::Rejected(problems) => self.refused.push(Refused {
                sku: job.product.sku.clone(),
                reason: ShopError::Invalid(problems).to_string(),
            }),
        }
    }
}
