//! Search as administrators steer it. Obtained from [`crate::viewer::Admin`].

use super::{
    DayRange, FusionPatch, NewRule, NewSynonym, QueryPage, Rule, RulePatch, SearchReport, SearchSettings, Synonym,
    SynonymPatch, TopQueries, check, kept, report,
};
use crate::{
    Shop,
    db::{Turn, begin_write, take_turn},
    error::ShopError,
    outbox::{self, Change},
};
use entities::{
    id::{SearchRuleId, SearchSynonymId},
    search_rule, search_setting, search_synonym,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set, Unchanged},
    DatabaseTransaction, EntityTrait, PaginatorTrait,
    sea_query::OnConflict,
};

/// The power over search.
#[derive(Clone, Copy, Debug)]
pub struct AdminSearch<'a> {
    shop: &'a Shop,
}

impl<'a> AdminSearch<'a> {
    pub(crate) const fn new(shop: &'a Shop) -> Self {
        Self { shop }
    }

    /// All synonyms, in the order they were made.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn synonym_list(&self) -> Result<Vec<Synonym>, ShopError> {
        self.shop.discovery().synonyms().await
    }

    /// Says that words mean the same.
    ///
    /// # Errors
    /// `Invalid` with every problem of the input, or when there are 1,000 already.
    pub async fn synonym_create(&self, input: NewSynonym) -> Result<Synonym, ShopError> {
        let stored = check::synonym(input)?;
        let (tx, now) = (self.begin().await?, self.shop.now());
        check::room(search_synonym::Entity::find().count(&tx).await?, "terms")?;
        let row = search_synonym::ActiveModel {
            id: Set(SearchSynonymId::generate()),
            synonym: Set(serde_json::to_value(stored).map_err(ShopError::internal)?),
            created_at: Set(now),
            updated_at: Set(now),
        };
        let row = row.insert(&tx).await?;
        self.announce(tx).await?;
        row.try_into()
    }

    /// Changes what the patch names.
    ///
    /// # Errors
    /// `NotFound`, or `Invalid` with every problem of what the synonym would be.
    pub async fn synonym_update(&self, id: SearchSynonymId, patch: SynonymPatch) -> Result<Synonym, ShopError> {
        let tx = self.begin().await?;
        let found = search_synonym::Entity::find_by_id(id).one(&tx).await?;
        let before = Synonym::try_from(found.ok_or(ShopError::NotFound)?)?;
        let stored = check::synonym(patch.over(before))?;
        let row = search_synonym::ActiveModel {
            id: Unchanged(id),
            synonym: Set(serde_json::to_value(stored).map_err(ShopError::internal)?),
            created_at: NotSet,
            updated_at: Set(self.shop.now()),
        };
        let row = row.update(&tx).await?;
        self.announce(tx).await?;
        row.try_into()
    }

    /// Deletes a synonym.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn synonym_delete(&self, id: SearchSynonymId) -> Result<(), ShopError> {
        let tx = self.begin().await?;
        let gone = search_synonym::Entity::delete_by_id(id).exec(&tx).await?;
        self.announce_deletion(tx, gone.rows_affected).await
    }

    /// All rules, in the order they were made.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn rule_list(&self) -> Result<Vec<Rule>, ShopError> {
        self.shop.discovery().rules().await
    }

    /// Makes a rule.
    ///
    /// # Errors
    /// `Invalid` with every problem of the input, or when there are 1,000 already.
    pub async fn rule_create(&self, input: NewRule) -> Result<Rule, ShopError> {
        let (tx, now) = (self.begin().await?, self.shop.now());
        let stored = check::rule(self.shop, &tx, input, None).await?;
        check::room(search_rule::Entity::find().count(&tx).await?, "name")?;
        let row = search_rule::ActiveModel {
            id: Set(SearchRuleId::generate()),
            rule: Set(serde_json::to_value(stored).map_err(ShopError::internal)?),
            created_at: Set(now),
            updated_at: Set(now),
        };
        let row = row.insert(&tx).await?;
        self.announce(tx).await?;
        row.try_into()
    }

    /// Changes what the patch names. Products, categories and brands that the rule names already
    /// may be gone.
    ///
    /// # Errors
    /// `NotFound`, or `Invalid` with every problem of what the rule would be.
    pub async fn rule_update(&self, id: SearchRuleId, patch: RulePatch) -> Result<Rule, ShopError> {
        let tx = self.begin().await?;
        let found = search_rule::Entity::find_by_id(id).one(&tx).await?;
        let before = Rule::try_from(found.ok_or(ShopError::NotFound)?)?;
        let stored = check::rule(self.shop, &tx, patch.over(before.clone()), Some(&before)).await?;
        let row = search_rule::ActiveModel {
            id: Unchanged(id),
            rule: Set(serde_json::to_value(stored).map_err(ShopError::internal)?),
            created_at: NotSet,
            updated_at: Set(self.shop.now()),
        };
        let row = row.update(&tx).await?;
        self.announce(tx).await?;
        row.try_into()
    }

    /// Deletes a rule.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn rule_delete(&self, id: SearchRuleId) -> Result<(), ShopError> {
        let tx = self.begin().await?;
        let gone = search_rule::Entity::delete_by_id(id).exec(&tx).await?;
        self.announce_deletion(tx, gone.rows_affected).await
    }

    /// Changes how much each part of a score counts.
    ///
    /// # Errors
    /// `Invalid` for a weight outside 0…10, and when none would count.
    pub async fn set_fusion(&self, patch: FusionPatch) -> Result<SearchSettings, ShopError> {
        let tx = self.begin().await?;
        let before = kept::settings(&tx).await?;
        let settings = SearchSettings {
            words: patch.words.unwrap_or(before.words),
            coverage: patch.coverage.unwrap_or(before.coverage),
            meaning: patch.meaning.unwrap_or(before.meaning),
            looks: patch.looks.unwrap_or(before.looks),
        };
        check::weights(settings)?;
        let row = search_setting::ActiveModel {
            id: Set(kept::ROW),
            settings: Set(serde_json::to_value(settings).map_err(ShopError::internal)?),
            updated_at: Set(self.shop.now()),
        };
        let replace = OnConflict::column(search_setting::Column::Id)
            .update_columns([search_setting::Column::Settings, search_setting::Column::UpdatedAt])
            .to_owned();
        let insert = search_setting::Entity::insert(row).on_conflict(replace);
        insert.exec_without_returning(&tx).await?;
        self.announce(tx).await?;
        Ok(settings)
    }

    /// What was searched for within some days, and what came of it.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn report(&self, range: DayRange) -> Result<SearchReport, ShopError> {
        report::report(self.shop, range).await
    }

    /// A page of single queries; `limit` is brought within 1 and 100.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn queries(
        &self,
        range: DayRange,
        which: TopQueries,
        offset: u64,
        limit: u64,
    ) -> Result<QueryPage, ShopError> {
        report::queries(self.shop, range, which, offset, limit.clamp(1, 100)).await
    }

    /// One change at a time: how many there may be and whether a weight counts is a matter of all
    /// of them together.
    async fn begin(&self) -> Result<DatabaseTransaction, ShopError> {
        let tx = begin_write(self.shop.db()).await?;
        take_turn(&tx, Turn::Search).await?;
        Ok(tx)
    }

    async fn announce(&self, tx: DatabaseTransaction) -> Result<(), ShopError> {
        outbox::append(&tx, self.shop.now(), [Change::Search]).await?;
        tx.commit().await?;
        self.shop.outbox().wake();
        Ok(())
    }

    async fn announce_deletion(&self, tx: DatabaseTransaction, rows: u64) -> Result<(), ShopError> {
        match rows {
            0 => Err(ShopError::NotFound),
            _ => self.announce(tx).await,
        }
    }
}
