//! The database schema, one frozen step a file. PostgreSQL and SQLite take the same steps.

#![expect(
    elided_lifetimes_in_paths,
    reason = "the library's trait leaves this lifetime out, and its async signature only matches when we do too"
)]

pub use sea_orm_migration::{MigratorTrait, SchemaManager, sea_orm};

mod m20261124_000001_catalogue;
mod m20261124_000002_accounts;
mod m20261124_000003_recommender;
mod m20261125_000004_accounts;
mod m20261125_000005_commerce;
mod m20261125_000006_reviews;
mod m20261125_000007_dashboard;
mod m20261125_000008_second_looks;
mod m20261126_000009_pipeline;
mod m20261126_000010_search;
mod m20261127_000011_behaviour;
mod m20261127_000012_steering;

/// Applies and reverts the steps.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn sea_orm_migration::MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_catalogue::Migration),
            Box::new(m20261124_000002_accounts::Migration),
            Box::new(m20261124_000003_recommender::Migration),
            Box::new(m20261125_000004_accounts::Migration),
            Box::new(m20261125_000005_commerce::Migration),
            Box::new(m20261125_000006_reviews::Migration),
            Box::new(m20261125_000007_dashboard::Migration),
            Box::new(m20261125_000008_second_looks::Migration),
            Box::new(m20261126_000009_pipeline::Migration),
            Box::new(m20261126_000010_search::Migration),
            Box::new(m20261127_000011_behaviour::Migration),
            Box::new(m20261127_000012_steering::Migration),
        ]
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use sea_orm_migration::sea_orm::Database;

    #[tokio::test]
    async fn every_step_goes_up_down_and_up_again_on_sqlite() {
        let db = Database::connect("sqlite::memory:").await.unwrap();
        Migrator::up(&db, None).await.unwrap();
        Migrator::down(&db, None).await.unwrap();
        Migrator::up(&db, None).await.unwrap();
        assert!(Migrator::get_pending_migrations(&db).await.unwrap().is_empty());
    }
}
