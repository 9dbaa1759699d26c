//! `node` and `nodes`: anything with an id, by its id alone.

use super::{Brand, Category, Product};
use crate::{context::ContextExt, error::ApiError, ids::Id, reviews::Review};
use async_graphql::{Context, ID, Interface};
use shop::id::{BrandId, CategoryId, ProductId, ReviewId};

/// Something with an id of its own. Fetch it again with `node(id)`.
#[derive(Clone, Debug, Interface)]
#[graphql(field(name = "id", ty = "async_graphql::ID", desc = "Prefix and UUID, unique in the shop."))]
pub enum Node {
    /// A product.
    Product(Product),
    /// A category.
    Category(Category),
    /// A brand.
    Brand(Brand),
    /// A review.
    Review(Review),
}

/// The id of a node, typed by its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeId {
    Product(ProductId),
    Category(CategoryId),
    Brand(BrandId),
    Review(ReviewId),
}

impl NodeId {
    pub(super) fn parse(text: &ID) -> Result<Self, ApiError> {
        let prefix = text.split_inclusive('_').next().unwrap_or_default();
        let id = match prefix {
            ProductId::PREFIX => text.parse().map(Self::Product),
            CategoryId::PREFIX => text.parse().map(Self::Category),
            BrandId::PREFIX => text.parse().map(Self::Brand),
            ReviewId::PREFIX => text.parse().map(Self::Review),
            _ => {
                return Err(ApiError::bad_input(
                    "not the id of a product, category, brand or review",
                ));
            }
        };
        id.map_err(|error| ApiError::bad_input(error.to_string()))
    }
}

/// Nodes in the order asked for; null where there is none that the public may see.
pub(super) async fn find(ctx: &Context<'_>, ids: &[NodeId]) -> Result<Vec<Option<Node>>, ApiError> {
    let loaders = ctx.loaders()?;
    let taxonomy = loaders.taxonomy();
    let products: Vec<ProductId> = ids
        .iter()
        .filter_map(|id| if let NodeId::Product(id) = id { Some(*id) } else { None })
        .collect();
    let mut products = loaders.products(&products).await?.into_iter();
    let reviews: Vec<ReviewId> = ids
        .iter()
        .filter_map(|id| if let NodeId::Review(id) = id { Some(*id) } else { None })
        .collect();
    let reviews = loaders.public_reviews(&reviews).await?;
    let node = |id: &NodeId| match id {
        NodeId::Product(_) => products.next().flatten().map(|view| Node::Product(Product(view))),
        NodeId::Category(id) => Category::find(&taxonomy, *id).map(Node::Category),
        NodeId::Brand(id) => taxonomy.brand(*id).cloned().map(|row| Node::Brand(Brand(row))),
        NodeId::Review(id) => reviews.get(id).cloned().map(|row| Node::Review(Review(row))),
    };
    Ok(ids.iter().map(node).collect())
}

impl<T: std::fmt::Display> From<Id<T>> for ID {
    fn from(Id(id): Id<T>) -> Self {
        Self(id.to_string())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_kind_and_unknown_kinds_are_refused() {
        let id = BrandId::generate();
        assert_eq!(NodeId::parse(&id.to_string().into()).unwrap(), NodeId::Brand(id));
        for bad in [
            "",
            "prod_",
            "prod_zz",
            "user_00000000000000000000000000000001",
            "00000000000000000000000000000001",
        ] {
            assert!(NodeId::parse(&bad.into()).is_err(), "{bad}");
        }
    }
}
