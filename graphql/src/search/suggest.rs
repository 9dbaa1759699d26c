//! What a shopper may be about to write.

use crate::{
    catalog::{Brand, Category, Product, search_text},
    context::ContextExt,
    error::ApiError,
    loaders::Loaders,
    page::within,
};
use async_graphql::{Context, SimpleObject};
use shop::{catalog::Taxonomy, id::ProductId};
use std::sync::Arc;

/// Most suggestions of a kind.
const MOST: i32 = 20;

/// What a shopper may be about to write, or may want.
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct SearchSuggestions {
    /// What was written so far, gone on with words of the catalogue; most products first.
    pub queries: Vec<String>,
    /// Products that have the words.
    pub products: Vec<Product>,
    /// Categories of which a word begins so.
    pub categories: Vec<Category>,
    /// Brands of which a word begins so.
    pub brands: Vec<Brand>,
}

/// Suggestions for the beginning of a question, so many of each kind.
pub(super) async fn suggest(ctx: &Context<'_>, prefix: String, first: i32) -> Result<SearchSuggestions, ApiError> {
    let most = within("first", first, 1, MOST)?;
    let Some(text) = search_text(Some(prefix))? else {
        return Ok(SearchSuggestions::default());
    };
    let (services, loaders) = (ctx.services()?, ctx.loaders()?);
    let selected = |field: &str| ctx.look_ahead().field(field).exists();
    let items = if selected("products") { most } else { 0 };
    let found = services.listing.suggest(&text, most, items);
    let ids: Vec<ProductId> = found.items.iter().map(|id| ProductId(id.0)).collect();
    let taxonomy = loaders.taxonomy();
    Ok(SearchSuggestions {
        queries: found.texts,
        products: products(loaders, &ids).await?,
        categories: categories(&taxonomy, &text, most),
        brands: brands(&taxonomy, &text, most),
    })
}

async fn products(loaders: &Loaders, ids: &[ProductId]) -> Result<Vec<Product>, ApiError> {
    let rows = loaders.products(ids).await?;
    Ok(rows.into_iter().flatten().map(Product).collect())
}

fn categories(taxonomy: &Arc<Taxonomy>, text: &str, most: usize) -> Vec<Category> {
    let named = taxonomy.categories().filter(|row| begins(&row.name, text));
    named.take(most).map(|row| Category::new(taxonomy, row)).collect()
}

fn brands(taxonomy: &Taxonomy, text: &str, most: usize) -> Vec<Brand> {
    let named = taxonomy.brands().filter(|row| begins(&row.name, text));
    named.take(most).cloned().map(Brand).collect()
}

/// Whether a name, or a word in it, begins so, in whatever case.
fn begins(name: &str, text: &str) -> bool {
    let (name, text) = (name.to_lowercase(), text.to_lowercase());
    let ends = name.char_indices().filter(|(_, letter)| !letter.is_alphanumeric());
    let starts = std::iter::once(0).chain(ends.map(|(at, letter)| at + letter.len_utf8()));
    starts.into_iter().any(|at| name[at..].starts_with(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_suggested_by_the_beginning_of_any_of_its_words() {
        for text in ["ki", "Kitchen", "kitchen & d", "din", "&"] {
            assert!(begins("Kitchen & Dining", text), "{text}");
        }
        assert!(!begins("Kitchen & Dining", "ining"));
        assert!(begins("Café Öl", "öl"));
    }
}
