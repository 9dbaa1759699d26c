//! Drafts into the shop: one transaction a batch, refusals onto the page of rejects.

use super::super::draft::{Draft, DraftValue, DraftVariant};
use super::{rejects::Page, report::Counts};
use shop::{
    ShopError,
    catalog::{AdminCatalog, Attribute, AttributeValue, BulkOutcome, BulkProduct, BulkVariant, History, VariantOption},
    error::Problem,
    media::StoredMedia,
};

/// Writes a batch and counts what became of it; refused products go onto the page.
pub(super) async fn write(
    catalog: &AdminCatalog<'_>,
    drafts: Vec<Draft>,
    pictures: &[Option<Vec<StoredMedia>>],
    page: &mut Page,
) -> Result<Counts, ShopError> {
    let mut rows = Vec::with_capacity(drafts.len());
    let mut products = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.into_iter().enumerate() {
        rows.push(draft.row);
        products.push(product(draft, pictures.get(index).and_then(Option::as_deref)));
    }
    let outcomes = upsert(catalog, &products).await?;
    let mut counts = Counts::default();
    for ((row, product), outcome) in rows.into_iter().zip(&products).zip(outcomes) {
        match outcome {
            BulkOutcome::Created(_) => counts.created += 1,
            BulkOutcome::Updated(_) => counts.updated += 1,
            BulkOutcome::Unchanged(_) => counts.unchanged += 1,
            BulkOutcome::Rejected(problems) => {
                page.reject(row, &product.external_id, reasons(&problems));
                continue;
            }
        }
        counts.pictures_stored += product.pictures.iter().flatten().count() as u64;
    }
    Ok(counts)
}

/// What a dry run counts.
pub(super) fn only_count(drafts: &[Draft]) -> Counts {
    Counts {
        valid: drafts.len() as u64,
        ..Counts::default()
    }
}

/// Brands and categories are made before the products, and a name that will not do for one
/// refuses the whole batch. Then each product is written by itself, to find whose it is.
async fn upsert(catalog: &AdminCatalog<'_>, products: &[BulkProduct]) -> Result<Vec<BulkOutcome>, ShopError> {
    match catalog.upsert_many(products).await {
        Err(ShopError::Invalid(_)) => {}
        other => return other,
    }
    let mut outcomes = Vec::with_capacity(products.len());
    for product in products {
        match catalog.upsert_many(std::slice::from_ref(product)).await {
            Ok(outcome) => outcomes.extend(outcome),
            Err(ShopError::Invalid(problems)) => outcomes.push(BulkOutcome::Rejected(problems)),
            Err(other) => return Err(other),
        }
    }
    Ok(outcomes)
}

fn reasons(problems: &[Problem]) -> Vec<String> {
    let text = |problem: &Problem| format!("{}: {}", problem.path.join("."), problem.message);
    problems.iter().map(text).collect()
}

fn product(draft: Draft, pictures: Option<&[StoredMedia]>) -> BulkProduct {
    let described = |(place, stored): (usize, &StoredMedia)| {
        let alt = match place {
            0 => draft.name.clone(),
            place => format!("{}, picture {}", draft.name, place + 1),
        };
        (stored.clone(), alt)
    };
    let pictures = pictures.map(|pictures| pictures.iter().enumerate().map(described).collect());
    BulkProduct {
        pictures,
        external_id: draft.external_id,
        name: draft.name,
        slug: None,
        description: draft.description,
        brand: draft.brand,
        category: draft.category,
        published: draft.published,
        attributes: draft.attributes.into_iter().map(attribute).collect(),
        variants: draft.variants.into_iter().map(variant).collect(),
        history: History::default(),
    }
}

fn attribute((key, label, value): (String, String, DraftValue)) -> Attribute {
    let value = match value {
        DraftValue::Text(text) => AttributeValue::Text(text),
        DraftValue::Number(number) => AttributeValue::Number(number),
        DraftValue::Bool(is_so) => AttributeValue::Bool(is_so),
    };
    Attribute { key, label, value }
}

fn variant(draft: DraftVariant) -> BulkVariant {
    let values: Vec<&str> = draft.options.iter().map(|(_, value)| value.as_str()).collect();
    let title = values.join(" / ");
    let options = draft
        .options
        .into_iter()
        .map(|(name, value)| VariantOption { name, value });
    BulkVariant {
        title,
        options: options.collect(),
        sku: draft.sku,
        price: draft.price,
        compare_at: draft.compare_at,
        stock: draft.stock,
    }
}
