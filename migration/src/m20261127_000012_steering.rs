//! What staff say about recommendations, and experiments with them: who was shown what, and how
//! long it took.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            recommendation_rule(),
            experiment(),
            experiment_exposure(),
            experiment_figure(),
        ] {
            manager.create_table(table).await?;
        }
        let by_unit = Index::create()
            .name("experiment_exposure_unit_idx")
            .table(Alias::new("experiment_exposure"))
            .col(Alias::new("unit"))
            .to_owned();
        manager.create_index(by_unit).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "experiment_figure",
            "experiment_exposure",
            "experiment",
            "recommendation_rule",
        ] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn column(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
}

fn recommendation_rule() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("recommendation_rule"))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("rule").json_binary().not_null())
        .col(column("created_at").timestamp_with_time_zone().not_null())
        .col(column("updated_at").timestamp_with_time_zone().not_null())
        .to_owned()
}

fn experiment() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("experiment"))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("plan").json_binary().not_null())
        .col(column("created_at").timestamp_with_time_zone().not_null())
        .col(column("updated_at").timestamp_with_time_zone().not_null())
        .col(column("started_at").timestamp_with_time_zone())
        .col(column("stopped_at").timestamp_with_time_zone())
        .to_owned()
}

/// Of an experiment, which is forgotten whole.
fn of_experiment(table: &str, key: &str) -> TableCreateStatement {
    Table::create()
        .table(Alias::new(table))
        .col(column("experiment_id").uuid().not_null())
        .col(match key {
            "unit" => column(key).uuid().not_null().to_owned(),
            _ => column(key).small_integer().not_null().to_owned(),
        })
        .primary_key(Index::create().col(Alias::new("experiment_id")).col(Alias::new(key)))
        .foreign_key(
            ForeignKey::create()
                .name(format!("{table}_experiment_id_fkey"))
                .from(Alias::new(table), Alias::new("experiment_id"))
                .to(Alias::new("experiment"), Alias::new("id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

/// Who was shown what first; no foreign key to people, who may be users or visitors.
fn experiment_exposure() -> TableCreateStatement {
    of_experiment("experiment_exposure", "unit")
        .col(column("arm").small_integer().not_null())
        .col(column("first_at").timestamp_with_time_zone().not_null())
        .to_owned()
}

/// What an arm's lists cost.
fn experiment_figure() -> TableCreateStatement {
    of_experiment("experiment_figure", "arm")
        .col(column("lists").big_integer().not_null())
        .col(column("failures").big_integer().not_null())
        .col(column("micros").double().not_null())
        .col(column("micros_squared").double().not_null())
        .to_owned()
}
