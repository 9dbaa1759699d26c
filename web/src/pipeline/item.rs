//! A product as the engine knows it.

use reco_actors::{Attribute, AttributeValue, Item, ItemId, PriceRange, Term};
use shop::catalog::{AttributeValue as ShopValue, ProductView, Taxonomy};

/// The engine's view of a product.
#[must_use]
pub fn item_of(view: &ProductView, taxonomy: &Taxonomy) -> Item {
    let product = &view.product;
    let path = product.category_id.map(|id| taxonomy.path(id)).unwrap_or_default();
    let brand = product.brand_id.and_then(|id| taxonomy.brand(id));
    let attributes: Vec<Attribute> = product.attributes.0.iter().map(attribute_of).collect();
    let skus = view.variants.iter().map(|variant| variant.sku.clone());
    let named = attributes.iter().filter_map(Attribute::identifier).map(str::to_owned);
    let identifiers = skus.chain(product.external_id.clone()).chain(named).collect();
    Item {
        id: ItemId(product.id.0),
        version: product.version,
        name: product.name.clone(),
        description: product.description.clone(),
        brand: brand.map(|brand| Term {
            id: brand.id.0,
            slug: brand.slug.clone(),
            label: brand.name.clone(),
        }),
        categories: path
            .iter()
            .map(|category| Term {
                id: category.id.0,
                slug: category.slug.clone(),
                label: category.name.clone(),
            })
            .collect(),
        price: view.price().map(|price| PriceRange {
            min: price.min.amount,
            max: price.max.amount,
        }),
        rating: view.rating().unwrap_or_default() as f32,
        rating_count: u32::try_from(product.rating_count).unwrap_or_default(),
        in_stock: view.is_available(),
        published: view.is_published(),
        attributes,
        identifiers,
        created_at: product.created_at,
        popularity: product.sales_count as f64,
    }
}

fn attribute_of(attribute: &shop::catalog::Attribute) -> Attribute {
    Attribute {
        key: attribute.key.clone(),
        label: attribute.label.clone(),
        value: match &attribute.value {
            ShopValue::Text(text) => AttributeValue::Text(text.clone()),
            ShopValue::Number(number) => AttributeValue::Number(*number),
            ShopValue::Bool(bool) => AttributeValue::Bool(*bool),
        },
    }
}
