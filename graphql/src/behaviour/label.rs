//! What a list id says: which list that was, what made it, and where each product stood in it.

use async_graphql::Enum;
use shop::{
    events::Attribution,
    experiments,
    id::{ExperimentId, ProductId},
    merchandising::Placement,
};
use uuid::Uuid;

/// Bytes of the list's own id, and of each product's.
const ID: usize = 16;
const TAIL: usize = 4;
/// Of the name of the state of the index.
const LONGEST_MODEL: usize = 40;

/// Which list it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ListKind {
    /// `recommendations`, by text and picture.
    Similar,
    /// `recommendations`, by text.
    SimilarText,
    /// `recommendations`, by picture.
    SimilarImage,
    /// `alsoViewed`.
    AlsoViewed,
    /// `alsoBought`.
    AlsoBought,
    /// `Cart.recommendations`.
    Cart,
    /// `recommendationsForViewer`.
    Viewer,
    /// `recommendationsForSession`.
    Session,
    /// `trending`.
    Trending,
    /// `searchByImage`.
    Picture,
    /// `complements`.
    Complements,
    /// `repurchase`.
    Repurchase,
}

impl ListKind {
    /// By their codes in a list id, which stay.
    const ALL: [Self; 12] = [
        Self::Similar,
        Self::SimilarText,
        Self::SimilarImage,
        Self::AlsoViewed,
        Self::AlsoBought,
        Self::Cart,
        Self::Viewer,
        Self::Session,
        Self::Trending,
        Self::Picture,
        Self::Complements,
        Self::Repurchase,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Similar => "SIMILAR",
            Self::SimilarText => "SIMILAR_TEXT",
            Self::SimilarImage => "SIMILAR_IMAGE",
            Self::AlsoViewed => "ALSO_VIEWED",
            Self::AlsoBought => "ALSO_BOUGHT",
            Self::Cart => "CART",
            Self::Viewer => "VIEWER",
            Self::Session => "SESSION",
            Self::Trending => "TRENDING",
            Self::Picture => "PICTURE",
            Self::Complements => "COMPLEMENTS",
            Self::Repurchase => "REPURCHASE",
        }
    }

    /// Where rules and experiments find it; searches by picture are none of theirs.
    pub(crate) const fn placement(self) -> Option<Placement> {
        Some(match self {
            Self::Similar | Self::SimilarText | Self::SimilarImage => Placement::Similar,
            Self::AlsoViewed => Placement::AlsoViewed,
            Self::AlsoBought => Placement::AlsoBought,
            Self::Complements => Placement::Complements,
            Self::Cart => Placement::Cart,
            Self::Viewer => Placement::Viewer,
            Self::Session => Placement::Session,
            Self::Trending => Placement::Trending,
            Self::Repurchase => Placement::Repurchase,
            Self::Picture => return None,
        })
    }

    pub(super) fn called(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The experiment that a list is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    experiment: ExperimentId,
    /// The arm of each product, or the one of all.
    arms: Vec<u8>,
}

impl Origin {
    /// Of a product that no arm put there.
    pub const NOBODY: u8 = u8::MAX;

    /// Made by one arm, or of each product by its own.
    #[must_use]
    pub const fn of(experiment: ExperimentId, arms: Vec<u8>) -> Self {
        Self { experiment, arms }
    }

    /// How events tell of the arm of a place, from 0.
    fn label(&self, place: usize) -> Option<String> {
        let arm = match self.arms.as_slice() {
            [all] => *all,
            each => *each.get(place)?,
        };
        (arm != Self::NOBODY).then(|| experiments::label(self.experiment, arm.into()))
    }
}

/// A list that was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListLabel {
    list: Uuid,
    kind: ListKind,
    model: String,
    /// The ends of the products' ids, in order: enough to tell those of one list apart.
    tails: Vec<[u8; TAIL]>,
    origin: Option<Origin>,
}

impl ListLabel {
    /// A new list of these products.
    #[must_use]
    pub fn new(kind: ListKind, model: &str, products: &[ProductId], origin: Option<Origin>) -> Self {
        Self {
            list: Uuid::now_v7(),
            kind,
            model: model.chars().filter(char::is_ascii).take(LONGEST_MODEL).collect(),
            tails: products.iter().map(tail).collect(),
            origin,
        }
    }

    /// Where a product was found, if this list held it.
    #[must_use]
    pub fn attribution(&self, product: ProductId) -> Option<Attribution> {
        let tail = tail(&product);
        let place = self.tails.iter().position(|other| *other == tail)?;
        Some(Attribution {
            list: self.list,
            kind: self.kind.name().to_owned(),
            position: u16::try_from(place + 1).ok()?,
            model: self.model.clone(),
            arm: self.origin.as_ref().and_then(|origin| origin.label(place)),
            // Nothing is drawn by lot: what stands there always would.
            propensity: 1.0,
        })
    }

    pub(crate) fn pack(&self) -> Vec<u8> {
        let mut bytes = self.list.as_bytes().to_vec();
        let code = ListKind::ALL
            .iter()
            .position(|kind| *kind == self.kind)
            .unwrap_or_default();
        bytes.extend([code as u8, self.model.len() as u8]);
        bytes.extend_from_slice(self.model.as_bytes());
        match &self.origin {
            None => bytes.push(0),
            Some(origin) => {
                bytes.push(origin.arms.len() as u8);
                bytes.extend_from_slice(origin.experiment.0.as_bytes());
                bytes.extend_from_slice(&origin.arms);
            }
        }
        bytes.extend(self.tails.iter().flatten());
        bytes
    }

    pub(crate) fn unpack(bytes: &[u8]) -> Option<Self> {
        let (list, rest) = bytes.split_at_checked(ID)?;
        let (&[code, length], rest) = rest.split_first_chunk::<2>()?;
        let (model, rest) = rest.split_at_checked(usize::from(length))?;
        let (&arms, rest) = rest.split_first()?;
        let (origin, rest) = match arms {
            0 => (None, rest),
            arms => {
                let (experiment, rest) = rest.split_at_checked(ID)?;
                let (arms, rest) = rest.split_at_checked(arms.into())?;
                let experiment = ExperimentId(Uuid::from_slice(experiment).ok()?);
                (Some(Origin::of(experiment, arms.to_vec())), rest)
            }
        };
        let (tails, left) = rest.as_chunks::<TAIL>();
        left.is_empty().then_some(())?;
        Some(Self {
            list: Uuid::from_slice(list).ok()?,
            kind: *ListKind::ALL.get(usize::from(code))?,
            model: String::from_utf8(model.to_vec()).ok()?,
            tails: tails.to_vec(),
            origin,
        })
    }
}

/// Ids made one after the other differ at their ends, which are random.
fn tail(product: &ProductId) -> [u8; TAIL] {
    let [.., a, b, c, d] = *product.0.as_bytes();
    [a, b, c, d]
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::CursorCodec;

    #[test]
    fn a_list_id_tells_where_each_product_stood_and_cannot_be_made_up() {
        let products: Vec<ProductId> = (0..50).map(|_| ProductId::generate()).collect();
        let (codec, label) = (
            CursorCodec::new(b"key"),
            ListLabel::new(ListKind::Viewer, "g7.123", &products, None),
        );
        let id = codec.list_id(&label);
        let read = codec.listed(&id).unwrap();
        assert_eq!(read, label);
        let found = read.attribution(products[49]).unwrap();
        assert_eq!(
            (found.position, found.kind.as_str(), found.model.as_str()),
            (50, "VIEWER", "g7.123")
        );
        assert_eq!(read.attribution(ProductId::generate()), None);
        assert!(codec.listed(&id[1..]).is_err());
        assert!(CursorCodec::new(b"other").listed(&id).is_err());
        assert!(codec.listed(&codec.search_id("lamp")).is_err(), "a search is no list");
    }

    #[test]
    fn a_list_id_tells_of_the_arm_that_put_each_product_there() {
        let products: Vec<ProductId> = (0..3).map(|_| ProductId::generate()).collect();
        let experiment = ExperimentId::generate();
        let arms = |arms: Vec<u8>| {
            let origin = Origin::of(experiment, arms);
            let label = ListLabel::new(ListKind::Similar, "g1.1", &products, Some(origin));
            let read = ListLabel::unpack(&label.pack()).unwrap();
            assert_eq!(read, label);
            products
                .iter()
                .map(move |product| read.attribution(*product).unwrap().arm)
                .collect::<Vec<_>>()
        };
        let of = |arm| Some(experiments::label(experiment, arm));
        assert_eq!(arms(vec![1]), [of(1), of(1), of(1)]);
        assert_eq!(arms(vec![1, 0, Origin::NOBODY]), [of(1), of(0), None]);
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        for kind in ListKind::ALL {
            assert_eq!(ListKind::called(kind.name()), Some(kind));
        }
    }
}
