//! What staff say about search and what shoppers searched before, as the engine of this process
//! knows it; and what is searched here, written down.

use chrono::Days;
use reco_actors::{
    ItemId,
    catalog::{Fusion, RuleAction, SearchGuide, SearchRule, Synonym},
    system::RecoHandle,
};
use shop::{
    Shop, ShopError,
    discovery::{self, Action, Matching, SearchSettings},
};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often counts are written; what a crash loses at most.
const WRITE_EVERY: Duration = Duration::from_secs(2);
/// Writes between two looks at what is popular.
const LOOK_EVERY: u32 = 30;
/// Queries count as popular that were searched so often …
const LEAST: u64 = 5;
/// … within so many days, …
const DAYS: Days = Days::new(90);
/// … and of those so many.
const MOST_POPULAR: u64 = 10_000;

/// Gives the engine what the database says now.
///
/// # Errors
/// When the database fails.
pub(crate) async fn refresh(shop: &Shop, engine: &RecoHandle) -> Result<(), ShopError> {
    let discovery = shop.discovery();
    let synonyms = discovery.synonyms().await?.into_iter();
    let rules = discovery.rules().await?.into_iter();
    let since = shop.now().date_naive() - DAYS;
    let popular = discovery.popular_queries(since, LEAST, MOST_POPULAR).await?;
    let synonyms: Vec<Synonym> = synonyms
        .map(|row| Synonym {
            source: row.source,
            terms: row.terms,
        })
        .collect();
    let guide = SearchGuide::new(
        fusion(discovery.settings().await?),
        &synonyms,
        rules.filter(|rule| rule.is_active).map(rule).collect(),
        popular.into_iter().map(|query| {
            let searches = u64::try_from(query.searches).unwrap_or_default();
            (query.query, searches)
        }),
    );
    engine.set_search_guide(guide);
    Ok(())
}

fn fusion(settings: SearchSettings) -> Fusion {
    let default = Fusion::default();
    Fusion {
        words: settings.words.unwrap_or(default.words),
        coverage: settings.coverage.unwrap_or(default.coverage),
        meaning: settings.meaning.unwrap_or(default.meaning),
        looks: settings.looks.unwrap_or(default.looks),
    }
}

fn rule(row: discovery::Rule) -> SearchRule {
    let strength = row.strength.unwrap_or(discovery::USUAL_STRENGTH);
    SearchRule {
        queries: row.queries,
        contained: row.matching == Matching::Contains,
        action: match row.action {
            Action::Pin => RuleAction::Pin,
            Action::Boost => RuleAction::Boost(strength),
            Action::Bury => RuleAction::Bury(strength),
            Action::Hide => RuleAction::Hide,
        },
        items: row.products.into_iter().map(|id| ItemId(id.0)).collect(),
        categories: row.categories.into_iter().map(|id| id.0).collect(),
        brands: row.brands.into_iter().map(|id| id.0).collect(),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
    }
}

/// Writes down what is searched here and looks at what is popular, until told to stop; what is
/// counted then is written too.
pub(crate) async fn run(shop: Shop, engine: RecoHandle, stop: CancellationToken) {
    let mut round = 0_u32;
    loop {
        let is_over = tokio::select! {
            () = stop.cancelled() => true,
            () = tokio::time::sleep(WRITE_EVERY) => false,
        };
        write(&shop).await;
        if is_over {
            return;
        }
        round = round.wrapping_add(1);
        if round.is_multiple_of(LOOK_EVERY)
            && let Err(error) = refresh(&shop, &engine).await
        {
            tracing::warn!(%error, "search goes on by what it knew");
        }
    }
}

async fn write(shop: &Shop) {
    let discovery = shop.discovery();
    let counted = discovery.tallies().take();
    if let Err(error) = discovery.record(&counted).await {
        tracing::warn!(%error, "what was searched is written down later");
        discovery.tallies().give_back(counted);
    }
}
