//! What staff send to change categories and brands.

use crate::{ids::Id, inputs::patch};
use async_graphql::{InputObject, MaybeUndefined};
use shop::{
    catalog::{BrandPatch, CategoryPatch, NewBrand, NewCategory},
    id::{BrandId, CategoryId},
};

/// A new category.
#[derive(Clone, Debug, InputObject)]
pub struct CategoryCreateInput {
    /// What people read.
    pub name: String,
    /// URL part; made from the name unless given.
    pub slug: Option<String>,
    /// Plain text.
    #[graphql(default)]
    pub description: String,
    /// The category above; at the top unless given.
    pub parent_id: Option<Id<CategoryId>>,
    /// Order among its siblings.
    #[graphql(default = 0)]
    pub position: i32,
}

/// A change of a category.
#[derive(Clone, Debug, InputObject)]
pub struct CategoryUpdateInput {
    /// Which.
    pub id: Id<CategoryId>,
    /// What people read.
    pub name: Option<String>,
    /// URL part.
    pub slug: Option<String>,
    /// Plain text.
    pub description: Option<String>,
    /// The category above; `null`: at the top.
    pub parent_id: MaybeUndefined<Id<CategoryId>>,
    /// Order among its siblings.
    pub position: Option<i32>,
}

/// Which category.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct CategoryIdInput {
    /// Which.
    pub id: Id<CategoryId>,
}

/// A new brand.
#[derive(Clone, Debug, InputObject)]
pub struct BrandCreateInput {
    /// What people read.
    pub name: String,
    /// URL part; made from the name unless given.
    pub slug: Option<String>,
    /// Plain text.
    #[graphql(default)]
    pub description: String,
}

/// A change of a brand.
#[derive(Clone, Debug, InputObject)]
pub struct BrandUpdateInput {
    /// Which.
    pub id: Id<BrandId>,
    /// What people read.
    pub name: Option<String>,
    /// URL part.
    pub slug: Option<String>,
    /// Plain text.
    pub description: Option<String>,
}

/// Which brand.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct BrandIdInput {
    /// Which.
    pub id: Id<BrandId>,
}

impl From<CategoryCreateInput> for NewCategory {
    fn from(input: CategoryCreateInput) -> Self {
        let CategoryCreateInput {
            name,
            slug,
            description,
            parent_id,
            position,
        } = input;
        Self {
            name,
            slug,
            description,
            parent: parent_id.map(|Id(id)| id),
            position,
        }
    }
}

impl From<CategoryUpdateInput> for CategoryPatch {
    fn from(input: CategoryUpdateInput) -> Self {
        let CategoryUpdateInput {
            name,
            slug,
            description,
            parent_id,
            position,
            ..
        } = input;
        Self {
            name,
            slug,
            description,
            parent: patch(parent_id, |Id(id)| id),
            position,
        }
    }
}

impl From<BrandCreateInput> for NewBrand {
    fn from(
        BrandCreateInput {
            name,
            slug,
            description,
        }: BrandCreateInput,
    ) -> Self {
        Self {
            name,
            slug,
            description,
        }
    }
}

impl From<BrandUpdateInput> for BrandPatch {
    fn from(
        BrandUpdateInput {
            name,
            slug,
            description,
            ..
        }: BrandUpdateInput,
    ) -> Self {
        Self {
            name,
            slug,
            description,
        }
    }
}
