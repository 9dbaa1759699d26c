//! Seeding whole shops: what is there afterwards, and what a second time must not change.

use super::{
    Catalogue, SeedReport, Seeder,
    ledger::{Ledger, SOURCE},
    past::Progress,
    users,
};
use crate::{
    config::{ManualConfig, TestOutcome},
    payments::{manual::Manual, test::TestProvider},
};
use indicatif::{MultiProgress, ProgressDrawTarget};
use migration::{Migrator, MigratorTrait};
use shop::{
    Currency, Shop, ShopDeps,
    accounts::{AccountSettings, LogIn, TokenKey},
    catalog::{Patch, ProductPatch, ProductView},
    clock::SystemClock,
    db::Database,
    id::ProductId,
    imports::ImportRun,
    media::MediaStore,
    viewer::Staff,
};
use std::{collections::HashMap, sync::Arc};
use tempfile::TempDir;

/// Pixels of a picture's side; drawing is what takes the time.
const SIDE: u32 = 24;

/// A shop on a SQLite file, with pictures in memory.
pub(crate) struct Fixture {
    pub(crate) shop: Shop,
    pub(super) db: Database,
    progress: MultiProgress,
    _folder: TempDir,
}

#[expect(clippy::unwrap_used, reason = "tests")]
impl Fixture {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/shop.db", folder.path().display());
        let db = Database::connect(&url, 4).await.unwrap();
        Migrator::up(&db.connection, None).await.unwrap();
        let key = TokenKey {
            kid: "test".into(),
            secret: "0123456789abcdef0123456789abcdef".into(),
        };
        let clock = Arc::new(SystemClock);
        let deps = ShopDeps {
            db: db.clone(),
            media: MediaStore::in_memory(),
            currency: Currency::USD,
            reviews: shop::reviews::ReviewSettings::default(),
            accounts: AccountSettings::new(vec![key]),
            commerce: shop::checkout::CommerceSettings::default(),
            payments: vec![
                Arc::new(Manual::new(&ManualConfig::default())),
                // The past was paid, whatever becomes of payments now.
                Arc::new(TestProvider::new(TestOutcome::Decline, Vec::new(), clock.clone())),
            ],
            events: shop::events::EventSettings::default(),
            clock,
        };
        Self {
            shop: Shop::open(deps).await.unwrap(),
            db,
            progress: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
            _folder: folder,
        }
    }

    pub(crate) fn seeder(&self) -> Seeder<'_> {
        Seeder::new(&self.shop, &self.progress).with_picture_side(SIDE)
    }

    /// Every product, by the SKU of the catalogue.
    pub(super) async fn products(&self) -> HashMap<String, ProductView> {
        let all = self.shop.catalog().load_after(None, 1_000).await.unwrap();
        let sku = |view: &ProductView| view.product.external_id.clone().unwrap().replace("demo:", "");
        all.into_iter().map(|view| (sku(&view), view)).collect()
    }

    async fn ledger(&self) -> Ledger {
        self.run().await.checkpoint
    }

    pub(super) async fn run(&self) -> ImportRun<Ledger> {
        self.shop.imports().begin(SOURCE, self.shop.now()).await.unwrap()
    }

    pub(super) async fn note(&self, run: &ImportRun<Ledger>) {
        self.shop.imports().checkpoint(run, self.shop.now()).await.unwrap();
    }

    /// With the catalogue alone, and no past to come.
    async fn with_catalogue() -> Self {
        let demo = Self::open().await;
        let mut run = demo.run().await;
        run.checkpoint.past.is_over = true;
        demo.note(&run).await;
        demo.seeder().ensure().await.unwrap();
        demo
    }

    /// As the edition before this one sowed it.
    pub(super) async fn without_a_past() -> Self {
        let demo = Self::with_catalogue().await;
        let mut run = demo.run().await;
        run.checkpoint.past = Progress::default();
        demo.note(&run).await;
        demo
    }

    /// As if the process had been killed after some batches.
    async fn forget(&self, skus: &[&str]) {
        let mut run = self.run().await;
        run.checkpoint.edition = None;
        run.checkpoint.products.retain(|sku, _| !skus.contains(&sku.as_str()));
        self.note(&run).await;
    }
}

fn count() -> usize {
    Catalogue::load(Currency::USD).map_or(0, |catalogue| catalogue.products.len())
}

fn versions(products: &HashMap<String, ProductView>) -> HashMap<&str, (ProductId, i64)> {
    products
        .iter()
        .map(|(sku, view)| (sku.as_str(), (view.id(), view.product.version)))
        .collect()
}

#[tokio::test]
#[expect(clippy::unwrap_used, reason = "tests")]
async fn a_seeded_shop_is_complete_and_a_second_time_changes_nothing() {
    let demo = Fixture::open().await;
    let report = demo.seeder().ensure().await.unwrap();
    let expected = SeedReport {
        created: count(),
        rendered: count(),
        lived: report.lived,
        ..SeedReport::default()
    };
    assert_eq!(report, expected);
    assert!(report.lived.orders > 0 && report.lived.reviews > 0);

    let products = demo.products().await;
    assert_eq!(products.len(), count());
    for (sku, view) in &products {
        assert!(view.is_published(), "{sku}");
        assert_eq!(view.media.len(), 1, "{sku}");
        assert!(view.media[0].alt.starts_with(&view.product.name), "{sku}");
        assert!(view.product.published_at < Some(view.product.updated_at), "{sku}");
        let key = view.media[0].storage_key.parse().unwrap();
        assert!(demo.shop.media().read(&key).await.unwrap().is_some(), "{sku}");
    }
    let taxonomy = demo.shop.catalog().taxonomy();
    for product in Catalogue::load(Currency::USD).unwrap().products {
        assert!(
            taxonomy.category_by_slug(&product.category_slug).is_some(),
            "{}",
            product.category_slug
        );
    }

    let statements = demo.shop.statements().count();
    let again = demo.seeder().ensure().await.unwrap();
    assert_eq!(
        demo.shop.statements().count() - statements,
        1,
        "a start with nothing to do asks once"
    );
    assert_eq!(
        again,
        SeedReport {
            left: count(),
            ..SeedReport::default()
        }
    );
    assert_eq!(versions(&demo.products().await), versions(&products));
    let by_command = demo.seeder().seed().await.unwrap();
    assert!(by_command.updated > 0, "what was sold is stocked again");
    assert_eq!(by_command.updated + by_command.unchanged, count());
    let stocked = demo.products().await;
    let unchanged = SeedReport {
        unchanged: count(),
        ..SeedReport::default()
    };
    assert_eq!(demo.seeder().seed().await.unwrap(), unchanged);
    assert_eq!(versions(&demo.products().await), versions(&stocked));
}

#[tokio::test]
#[expect(clippy::unwrap_used, reason = "tests")]
async fn everybody_can_log_in() {
    let demo = Fixture::open().await;
    super::users::ensure_users(&demo.shop).await.unwrap();
    super::users::ensure_users(&demo.shop).await.unwrap();
    for user in users() {
        let log_in = LogIn {
            email: user.email.to_owned(),
            password: user.password.into(),
            address: None,
            user_agent: None,
        };
        let logged_in = demo.shop.accounts().log_in(log_in).await.unwrap();
        assert_eq!(logged_in.profile.role, user.role);
    }
}

#[tokio::test]
#[expect(clippy::unwrap_used, reason = "tests")]
async fn a_start_leaves_edited_and_deleted_products_and_the_command_puts_them_back() {
    let demo = Fixture::with_catalogue().await;
    let before = demo.products().await;
    let admin = Staff::operator(&demo.shop).catalog();
    let renamed = ProductPatch {
        name: Some("My own name".to_owned()),
        brand: Patch::Clear,
        ..ProductPatch::default()
    };
    admin.product_update(before["MUG-01"].id(), renamed).await.unwrap();
    admin.product_delete(before["MUG-02"].id()).await.unwrap();

    // Another edition of the catalogue has two products that this shop never had.
    admin.product_delete(before["TOY-01"].id()).await.unwrap();
    admin.product_delete(before["TOY-02"].id()).await.unwrap();
    demo.forget(&["TOY-01", "TOY-02"]).await;
    let report = demo.seeder().ensure().await.unwrap();
    assert_eq!((report.created, report.rendered, report.left), (2, 2, count() - 2));
    let after = demo.products().await;
    assert_eq!(after["MUG-01"].product.name, "My own name");
    assert!(!after.contains_key("MUG-02"));

    let report = demo.seeder().seed().await.unwrap();
    assert_eq!((report.created, report.updated, report.unchanged), (1, 1, count() - 2));
    assert_eq!(report.rendered, 1, "only the deleted product lacks its picture");
    let restored = demo.products().await;
    assert_eq!(restored["MUG-01"].product.name, before["MUG-01"].product.name);
    assert_eq!(restored["MUG-01"].id(), before["MUG-01"].id());
    assert_eq!(restored["MUG-02"].media.len(), 1);
}

#[tokio::test]
#[expect(clippy::unwrap_used, reason = "tests")]
async fn a_seeding_that_was_killed_goes_on_and_repeats_nothing() {
    let demo = Fixture::with_catalogue().await;
    let before = demo.products().await;
    // Killed between writing a product and noting it: it is written again, and the same.
    demo.forget(&["WAT-03", "WAT-04"]).await;
    let report = demo.seeder().ensure().await.unwrap();
    assert_eq!((report.created, report.unchanged, report.left), (0, 2, count() - 2));
    assert_eq!(versions(&demo.products().await), versions(&before));
    let ledger = demo.ledger().await;
    assert_eq!(ledger.products.len(), count());
    assert_eq!(ledger.edition, Some(Catalogue::edition()));
}

#[tokio::test]
#[expect(clippy::unwrap_used, reason = "tests")]
async fn a_product_that_the_shop_refuses_is_told_and_does_not_stop_the_others() {
    let demo = Fixture::open().await;
    let own = shop::catalog::NewProduct {
        name: "My own mug".to_owned(),
        // A product without one would be adopted by its SKU.
        external_id: Some("own-mug".to_owned()),
        variants: vec![shop::catalog::NewVariant {
            sku: "MUG-03".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    };
    Staff::operator(&demo.shop).catalog().product_create(own).await.unwrap();
    let report = demo.seeder().ensure().await.unwrap();
    assert_eq!(report.created, count() - 1);
    let refused: Vec<&str> = report.refused.iter().map(|refused| refused.sku.as_str()).collect();
    assert_eq!(refused, ["MUG-03"]);
    assert!(
        report.refused[0].reason.contains("another product"),
        "{:?}",
        report.refused
    );
    assert_eq!(demo.seeder().ensure().await.unwrap().rendered, 0);
}

#[tokio::test]
async fn a_server_can_sow_while_it_serves() {
    fn can_be_spawned(_: &(impl Future<Output = Result<SeedReport, super::SeedError>> + Send)) {}
    let demo = Fixture::open().await;
    can_be_spawned(&super::ensure(&demo.shop, &demo.progress));
    can_be_spawned(&super::seed(&demo.shop, &demo.progress));
}
