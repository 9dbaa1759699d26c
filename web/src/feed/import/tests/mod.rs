//! Stories of the import, each in a shop of its own.

#![expect(clippy::unwrap_used, reason = "tests")]

mod formats;
mod pictures;
mod resume;
mod shared;

use super::*;
use migration::{Migrator, MigratorTrait};
use serde_json::Value;
use shop::{
    Currency, ShopDeps,
    accounts::{AccountSettings, TokenKey},
    catalog::ProductView,
    clock::SystemClock,
    db::Database,
    media::MediaStore,
};
use std::{path::Path, sync::Arc};
use tempfile::TempDir;

/// A shop in a directory that is gone with it; feeds and rejects lie there too.
struct TestImport {
    shop: Shop,
    directory: TempDir,
}

impl TestImport {
    async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("shop.db").display());
        let db = Database::connect(&url, 2).await.unwrap();
        Migrator::up(&db.connection, None).await.unwrap();
        let key = TokenKey {
            kid: "test".into(),
            secret: "0123456789abcdef0123456789abcdef".into(),
        };
        let accounts = AccountSettings::new(vec![key]);
        let deps = ShopDeps {
            db,
            media: MediaStore::in_memory(),
            currency: Currency::USD,
            reviews: shop::reviews::ReviewSettings::default(),
            accounts,
            commerce: shop::checkout::CommerceSettings::default(),
            payments: Vec::new(),
            events: shop::events::EventSettings::default(),
            clock: Arc::new(SystemClock),
        };
        let shop = Shop::open(deps).await.unwrap();
        Self { shop, directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file and gives the options to import it, rejects beside it.
    fn feed(&self, name: &str, text: impl AsRef<[u8]>) -> ImportOptions {
        std::fs::write(self.path(name), text).unwrap();
        self.options(self.path(name))
    }

    fn options(&self, file: PathBuf) -> ImportOptions {
        ImportOptions {
            rejects: Some(self.path("rejects.jsonl")),
            ..ImportOptions::of(file)
        }
    }

    fn mapping(&self, text: &str) -> Option<PathBuf> {
        let path = self.path("mapping.toml");
        std::fs::write(&path, text).unwrap();
        Some(path)
    }

    async fn try_import(&self, options: &ImportOptions) -> Result<ImportReport, ImportError> {
        run(&self.shop, options, &crate::progress::hidden()).await
    }

    async fn import(&self, options: &ImportOptions) -> ImportReport {
        self.try_import(options).await.unwrap()
    }

    /// Runs an import that dies when it has come to this step so many times.
    async fn die(&self, options: &ImportOptions, step: Step, times: usize) {
        let mut seen = 0;
        let mut observe = |now: Step| {
            seen += usize::from(now == step);
            match seen == times {
                true => Err(ImportError::Died("by the test".into())),
                false => Ok(()),
            }
        };
        let progress = crate::progress::hidden();
        let outcome = run_observed(&self.shop, options, &progress, &mut observe).await;
        assert!(matches!(outcome, Err(ImportError::Died(_))), "{outcome:?}");
    }

    /// All products, in the order of their external ids.
    async fn products(&self) -> Vec<ProductView> {
        let mut products = self.shop.catalog().load_after(None, 100_000).await.unwrap();
        products.sort_by(|a, b| a.product.external_id.cmp(&b.product.external_id));
        products
    }

    async fn product(&self, external_id: &str) -> ProductView {
        let products = self.products().await;
        let mut found = products
            .into_iter()
            .filter(|p| p.product.external_id.as_deref() == Some(external_id));
        found.next().unwrap_or_else(|| panic!("no product {external_id}"))
    }

    /// The rejects file, line by line.
    fn rejects(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.path("rejects.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Created, updated, unchanged, rejected.
fn counts(report: &ImportReport) -> [u64; 4] {
    [report.created, report.updated, report.unchanged, report.rejected]
}

/// A CSV of so many lamps; the row of each number in `bad` has no name.
fn lamps(count: u64, bad: &[u64]) -> String {
    let mut text = "id,name,price,stock,brand,category\n".to_owned();
    for row in 1..=count {
        let name = if bad.contains(&row) {
            String::new()
        } else {
            format!("Lamp {row}")
        };
        text.push_str(&format!("L-{row},{name},{row}.50,3,Lumen,Home > Lamps\n"));
    }
    text
}
