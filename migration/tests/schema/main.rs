//! The schema as databases see it: every step can be taken back, and the entities say
//! exactly what the tables are.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod catalogue;
mod databases;

use catalogue::{Column, columns, tables};
use databases::{Postgres, sqlite};
use entities as e;
use migration::{
    Migrator, MigratorTrait,
    sea_orm::{
        ColumnTrait, DatabaseConnection, DbBackend, EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn,
        sea_query::ColumnType,
    },
};

const BOOKKEEPING: &str = "seaql_migrations";

async fn up_down_up(db: &DatabaseConnection) {
    Migrator::up(db, None).await.unwrap();
    let first = tables(db).await;
    assert!(first.len() > 10, "{first:?}");
    Migrator::down(db, None).await.unwrap();
    assert_eq!(tables(db).await, [BOOKKEEPING], "every table is taken back");
    Migrator::up(db, None).await.unwrap();
    assert_eq!(tables(db).await, first);
    assert!(Migrator::get_pending_migrations(db).await.unwrap().is_empty());
}

#[tokio::test]
async fn every_step_goes_up_down_and_up_again_on_sqlite() {
    up_down_up(&sqlite().await).await;
}

#[tokio::test]
async fn every_step_goes_up_down_and_up_again_on_postgresql() {
    let Some(postgres) = Postgres::create().await else {
        return;
    };
    up_down_up(&postgres.db).await;
    postgres.drop().await;
}

/// What an entity says of its table, in the words of the database.
fn entity<E: EntityTrait>(backend: DbBackend) -> (String, Vec<Column>)
where
    E::Column: Iterable,
{
    let key: Vec<String> = E::PrimaryKey::iter()
        .map(|key| key.into_column().as_str().to_owned())
        .collect();
    let mut columns: Vec<Column> = E::Column::iter()
        .map(|column| {
            let definition = column.def();
            Column {
                name: column.as_str().to_owned(),
                kind: kind(backend, definition.get_column_type()),
                is_nullable: definition.is_null(),
                is_key: key.iter().any(|name| name == column.as_str()),
            }
        })
        .collect();
    columns.sort();
    (E::default().table_name().to_owned(), columns)
}

/// The type that a column must have. SQLite keeps types loosely, so only PostgreSQL is told apart.
fn kind(backend: DbBackend, column_type: &ColumnType) -> String {
    if backend == DbBackend::Sqlite {
        return String::new();
    }
    let name = match column_type {
        ColumnType::Uuid => "uuid",
        ColumnType::String(_) => "character varying",
        ColumnType::Text => "text",
        ColumnType::Boolean => "boolean",
        ColumnType::SmallInteger => "smallint",
        ColumnType::Integer => "integer",
        ColumnType::BigInteger => "bigint",
        ColumnType::Double => "double precision",
        ColumnType::Date => "date",
        ColumnType::JsonBinary => "jsonb",
        ColumnType::TimestampWithTimeZone => "timestamp with time zone",
        ColumnType::VarBinary(_) | ColumnType::Blob => "bytea",
        ColumnType::Enum { .. } => "character varying",
        other => panic!("say what {other:?} is on PostgreSQL"),
    };
    name.to_owned()
}

async fn entities_match(db: &DatabaseConnection) {
    Migrator::up(db, None).await.unwrap();
    let backend = db.get_database_backend();
    let known = [
        entity::<e::address::Entity>(backend),
        entity::<e::behaviour_batch::Entity>(backend),
        entity::<e::behaviour_event::Entity>(backend),
        entity::<e::behaviour_seen::Entity>(backend),
        entity::<e::brand::Entity>(backend),
        entity::<e::cart::Entity>(backend),
        entity::<e::cart_line::Entity>(backend),
        entity::<e::category::Entity>(backend),
        entity::<e::coupon::Entity>(backend),
        entity::<e::embedding::Entity>(backend),
        entity::<e::recommender_setting::Entity>(backend),
        entity::<e::node::Entity>(backend),
        entity::<e::embedding_task::Entity>(backend),
        entity::<e::embedding_generation::Entity>(backend),
        entity::<e::dead_letter::Entity>(backend),
        entity::<e::consumer_position::Entity>(backend),
        entity::<e::idempotency::Entity>(backend),
        entity::<e::import_run::Entity>(backend),
        entity::<e::mail::Entity>(backend),
        entity::<e::media::Entity>(backend),
        entity::<e::order::Entity>(backend),
        entity::<e::order_event::Entity>(backend),
        entity::<e::order_line::Entity>(backend),
        entity::<e::one_time_token::Entity>(backend),
        entity::<e::outbox::Entity>(backend),
        entity::<e::payment::Entity>(backend),
        entity::<e::product::Entity>(backend),
        entity::<e::refund::Entity>(backend),
        entity::<e::review::Entity>(backend),
        entity::<e::review_vote::Entity>(backend),
        entity::<e::refresh_token::Entity>(backend),
        entity::<e::recommendation_rule::Entity>(backend),
        entity::<e::experiment::Entity>(backend),
        entity::<e::experiment_exposure::Entity>(backend),
        entity::<e::experiment_figure::Entity>(backend),
        entity::<e::search_day::Entity>(backend),
        entity::<e::search_rule::Entity>(backend),
        entity::<e::search_setting::Entity>(backend),
        entity::<e::search_synonym::Entity>(backend),
        entity::<e::session::Entity>(backend),
        entity::<e::shipping_rate::Entity>(backend),
        entity::<e::shipping_zone::Entity>(backend),
        entity::<e::stock_movement::Entity>(backend),
        entity::<e::tax_rate::Entity>(backend),
        entity::<e::user_account::Entity>(backend),
        entity::<e::variant::Entity>(backend),
        entity::<e::visitor::Entity>(backend),
        entity::<e::webhook_event::Entity>(backend),
    ];
    let mut named: Vec<&str> = known
        .iter()
        .map(|(table, _)| table.as_str())
        .chain([BOOKKEEPING])
        .collect();
    named.sort_unstable();
    assert_eq!(
        tables(db).await,
        named,
        "a table without an entity, or the other way round"
    );
    for (table, expected) in &known {
        assert_eq!(&columns(db, table).await, expected, "{table}");
    }
}

#[tokio::test]
async fn entities_say_what_the_tables_are_on_sqlite() {
    entities_match(&sqlite().await).await;
}

#[tokio::test]
async fn entities_say_what_the_tables_are_on_postgresql() {
    let Some(postgres) = Postgres::create().await else {
        return;
    };
    entities_match(&postgres.db).await;
    postgres.drop().await;
}

/// The domain turns violated constraints into errors by these names.
#[tokio::test]
async fn unique_indexes_are_named_table_column_key_on_postgresql() {
    let Some(postgres) = Postgres::create().await else {
        return;
    };
    Migrator::up(&postgres.db, None).await.unwrap();
    let unique = catalogue::unique_indexes(&postgres.db).await;
    for name in [
        "brand_slug_key",
        "category_slug_key",
        "product_slug_key",
        "product_external_id_key",
        "variant_sku_key",
        "user_account_email_key",
        "outbox_position_key",
        "import_run_source_key_key",
        "coupon_code_key",
        "cart_user_id_key",
        "shop_order_number_key",
        "payment_provider_reference_key",
        "review_product_id_user_id_key",
    ] {
        assert!(
            unique.iter().any(|index| index == name),
            "{name} is not among {unique:?}"
        );
    }
    postgres.drop().await;
}

/// What is asked often, or about tables that grow.
#[tokio::test]
async fn no_frequent_query_reads_a_whole_table() {
    let db = sqlite().await;
    Migrator::up(&db, None).await.unwrap();
    for query in [
        "SELECT * FROM outbox WHERE position IS NULL ORDER BY id LIMIT 500",
        "SELECT * FROM outbox WHERE position > 7 ORDER BY position LIMIT 500",
        "SELECT max(position) FROM outbox",
        "SELECT min(position) FROM outbox",
        "SELECT DISTINCT owner_id FROM embedding WHERE model_id IN ('a', 'b') AND owner_id > x'01' ORDER BY owner_id",
        "SELECT * FROM embedding WHERE owner_id IN (x'01', x'02') AND model_id IN ('a', 'b')",
        "SELECT count(*) FROM embedding WHERE model_id = 'a'",
        "SELECT id FROM product WHERE slug IN ('a', 'a-2')",
        "SELECT id FROM product WHERE external_id IN ('a', 'b')",
        "SELECT count(*) FROM product WHERE category_id = x'01'",
        "SELECT count(*) FROM product WHERE brand_id = x'01'",
        "SELECT id FROM product ORDER BY created_at DESC, id DESC LIMIT 20",
        "SELECT * FROM variant WHERE product_id IN (x'01', x'02')",
        "SELECT product_id FROM variant WHERE sku IN ('a', 'b')",
        "SELECT * FROM media WHERE product_id IN (x'01', x'02')",
        "SELECT count(*) FROM category WHERE parent_id = x'01'",
        "SELECT * FROM import_run WHERE source_key = 'a'",
        "SELECT * FROM cart WHERE user_id = x'01'",
        "SELECT * FROM cart_line WHERE cart_id = x'01'",
        "SELECT * FROM shop_order WHERE user_id = x'01' ORDER BY placed_at DESC, id DESC LIMIT 20",
        "SELECT * FROM shop_order WHERE status = 'PAID' ORDER BY placed_at DESC LIMIT 20",
        "SELECT id FROM shop_order WHERE status = 'PENDING_PAYMENT' AND reserved_until < '2026' ORDER BY reserved_until",
        "SELECT count(*) FROM shop_order WHERE placed_at >= '2026'",
        "SELECT * FROM shop_order WHERE number = 'a'",
        "SELECT * FROM order_line WHERE order_id IN (x'01')",
        "SELECT * FROM order_event WHERE order_id = x'01' ORDER BY id",
        "SELECT * FROM payment WHERE provider = 'a' AND reference = 'b'",
        "SELECT * FROM payment WHERE provider = 'a' AND capture = 'b'",
        "SELECT * FROM refund WHERE status IN ('PENDING', 'SENT') AND next_attempt_at < '2026'",
        "SELECT * FROM idempotency WHERE scope = 'a' AND key = 'b'",
        "SELECT * FROM stock_movement WHERE variant_id = x'01' ORDER BY id DESC",
        "SELECT count(*) FROM shop_order WHERE coupon_id = x'01'",
        "SELECT count(*) FROM shop_order WHERE paid_at >= '2026' AND paid_at < '2027' AND status <> 'CANCELLED'",
        "SELECT substr(paid_at, 1, 10) AS start, count(*) FROM shop_order WHERE paid_at >= '2026' AND paid_at < '2027' \
         GROUP BY start ORDER BY start",
        "SELECT l.product_id, sum(l.quantity) FROM shop_order o JOIN order_line l ON l.order_id = o.id \
         WHERE o.paid_at >= '2026' AND o.paid_at < '2027' GROUP BY l.product_id",
        "SELECT product_name FROM order_line WHERE product_id = x'01' ORDER BY id DESC LIMIT 1",
        "SELECT sum(r.amount) FROM refund r JOIN payment p ON p.id = r.payment_id \
         WHERE r.created_at >= '2026' AND r.created_at < '2027' AND r.status <> 'FAILED'",
        "SELECT count(*) FROM user_account WHERE role = 'CUSTOMER' AND created_at >= '2026' AND created_at < '2027'",
        "SELECT v.id FROM variant v JOIN product p ON p.id = v.product_id WHERE p.status = 'PUBLISHED' \
         AND v.stock_on_hand - v.stock_reserved <= 5 ORDER BY v.stock_on_hand - v.stock_reserved, v.id LIMIT 10",
        "SELECT count(*) FROM refund WHERE status = 'FAILED'",
        "SELECT count(*) FROM payment WHERE status = 'MISMATCHED'",
        "SELECT * FROM stock_movement WHERE product_id = x'01' ORDER BY id DESC",
        "SELECT * FROM review WHERE product_id = x'01' AND user_id = x'02'",
        "SELECT * FROM review WHERE product_id = x'01' AND status = 'PUBLISHED' ORDER BY created_at DESC, id DESC LIMIT 20",
        "SELECT * FROM review WHERE product_id = x'01' AND status = 'PUBLISHED' ORDER BY rating, id DESC LIMIT 20",
        "SELECT rating, count(*) FROM review WHERE product_id = x'01' AND status = 'PUBLISHED' GROUP BY rating",
        "SELECT * FROM review WHERE status = 'PENDING' ORDER BY created_at, id LIMIT 20",
        "SELECT * FROM review ORDER BY created_at DESC, id DESC LIMIT 20",
        "SELECT count(*) FROM review WHERE user_id = x'01'",
        "SELECT * FROM review_vote WHERE review_id IN (x'01', x'02') AND user_id = x'03'",
        "SELECT * FROM refresh_token WHERE hash = 'a'",
        "DELETE FROM refresh_token WHERE session_id = x'01'",
        "SELECT * FROM session WHERE user_id = x'01'",
        "DELETE FROM session WHERE expires_at < '2026-01-01'",
        "SELECT * FROM one_time_token WHERE user_id = x'01' AND purpose = 'PASSWORD_RESET'",
        "DELETE FROM one_time_token WHERE expires_at < '2026-01-01'",
        "SELECT * FROM mail WHERE next_attempt_at <= '2026-01-01' ORDER BY next_attempt_at LIMIT 20",
        "DELETE FROM mail WHERE recipient = 'a'",
        "DELETE FROM mail WHERE created_at < '2026-01-01' AND next_attempt_at IS NULL",
    ] {
        let plan = catalogue::plan(&db, query).await;
        let is_whole = |step: &String| step.starts_with("SCAN") && !step.contains("USING");
        assert!(!plan.iter().any(is_whole), "{query}: {plan:?}");
    }
}
