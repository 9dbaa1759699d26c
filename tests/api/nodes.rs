//! One shop, several processes: some answer, others embed, over one database.

use reco_actors::{
    ItemId, Recommendations, Recommender, SimilarKind, SimilarQuery, Source,
    catalog::Filter,
    embed::{EmbedderFactory, fake::FakeFactory},
};
use shop::{id::ProductId, pipeline::NodeRole};
use std::{sync::Arc, time::Duration};
use support::{DatabaseKind, NewProduct, Options, PATIENCE, TestShop, eventually, redis_url};
use web::{app::App, config::Config, database::open_shop, node::Role};

pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// Another process of the shop.
pub(crate) async fn process(config: &Config, role: Role) -> App {
    let mut config = config.clone();
    // It would have a data directory of its own.
    config.recommender.snapshots = false;
    let models: Option<Arc<dyn EmbedderFactory>> = match role.embeds() {
        true => Some(Arc::new(FakeFactory::new())),
        false => {
            config.recommender.workers = 0;
            None
        }
    };
    let shop = open_shop(&config).await.unwrap();
    let mut app = App::start(&config, shop, models).unwrap();
    app.follow_as(role).await.unwrap();
    app
}

async fn similar(app: &App, id: &str) -> Result<Recommendations, String> {
    let item: ProductId = id.parse().unwrap();
    let query = SimilarQuery {
        item: ItemId(item.0),
        kind: SimilarKind::Hybrid,
        weights: None,
        mode: None,
        limit: 3,
        filter: Filter::default(),
        include_out_of_stock: false,
        diversity: 0.0,
    };
    app.engine.similar(&query).await.map_err(|error| error.to_string())
}

/// Waits until both nodes answer with the same vectors.
async fn agree(shop: &TestShop, other: &App, id: &str, items: usize) {
    eventually("both nodes recommend the same by vectors", PATIENCE, async || {
        let (one, two) = (similar(&shop.app, id).await?, similar(other, id).await?);
        let same = one.items == two.items && one.items.len() == items;
        if same && one.source == Source::Vectors && two.source == Source::Vectors {
            return Ok(());
        }
        Err(format!("{one:?} and {two:?}"))
    })
    .await;
}

async fn processes_share_one_shop(configure: impl Fn(&mut Config) + Send + Sync + 'static) {
    let options = Options::on(DatabaseKind::Postgres)
        .models(None)
        .only(Role::Api)
        .configure(configure);
    let shop = TestShop::start(options).await;
    let mut config = shop.config().clone();
    config.recommender.workers = 1;
    let other = process(&config, Role::Api).await;
    let workers = [
        process(&config, Role::Worker).await,
        process(&config, Role::Worker).await,
    ];
    let staff = shop.staff().await;
    let kettle = staff
        .create(NewProduct::named("Steel kettle").coloured([200, 20, 20]))
        .await;
    for name in ["Copper kettle", "Iron kettle"] {
        staff.create(NewProduct::named(name).coloured([190, 30, 20])).await;
    }
    agree(&shop, &other, &kettle.id, 2).await;

    // Every process is known, with its role.
    eventually("four processes report themselves", PATIENCE, async || {
        let nodes = shop.app.shop.pipeline().nodes.alive(shop.app.shop.now()).await.unwrap();
        let mut roles: Vec<NodeRole> = nodes.iter().map(|node| node.report.role).collect();
        roles.sort_by_key(|role| format!("{role:?}"));
        if roles == [NodeRole::Api, NodeRole::Api, NodeRole::Worker, NodeRole::Worker] {
            Ok(())
        } else {
            Err(roles)
        }
    })
    .await;

    // One worker goes; the other does all of the work.
    let [gone, left] = workers;
    gone.shut_down(GRACE).await;
    staff
        .create(NewProduct::named("Glass kettle").coloured([180, 40, 20]))
        .await;
    agree(&shop, &other, &kettle.id, 3).await;

    // With nobody to embed, everything else is still seen by all.
    left.shut_down(GRACE).await;
    let tea = staff
        .create(NewProduct::named("Tea kettle").coloured([200, 40, 20]))
        .await;
    staff.by_id("productUnpublish", &kettle.id).await;
    eventually("the other node sees it", PATIENCE, async || {
        let listed = other.engine.items().len();
        let known = similar(&other, &tea.id).await;
        match known {
            Ok(list) if listed == 5 && list.source == Source::Fallback => Ok(()),
            known => Err(format!("{listed}: {known:?}")),
        }
    })
    .await;

    // A worker that comes back takes up what waited.
    let back = process(&config, Role::Worker).await;
    agree(&shop, &other, &tea.id, 3).await;
    back.shut_down(GRACE).await;
    other.shut_down(GRACE).await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_and_workers_share_one_shop_over_redis() {
    let Some(redis) = redis_url() else { return };
    processes_share_one_shop(move |config| config.cache.redis_url = Some(redis.clone())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_and_workers_share_one_shop_over_the_database_alone() {
    if support::postgres_url().is_none() {
        return;
    }
    processes_share_one_shop(|_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_redis_changes_and_work_go_by_the_database() {
    if support::postgres_url().is_none() {
        return;
    }
    let nobody = "redis://127.0.0.1:1/";
    processes_share_one_shop(|config| config.cache.redis_url = Some(nobody.into())).await;
}
