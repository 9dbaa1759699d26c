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
/// Beside that name's length: an experiment is told of. Ids from before there were any have no such
/// part, and count like those of lists without one.
const HAS_ORIGIN: u8 = 0x80;
/// The same of the chances by which products came to their places.
const HAS_CHANCES: u8 = 0x40;
/// Bytes of one.
const CHANCE: usize = 4;

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
    /// `popular`.
    Popular,
    /// `newArrivals`.
    NewArrivals,
}

impl ListKind {
    /// By their codes in a list id, which stay.
    const ALL: [Self; 14] = [
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
        Self::Popular,
        Self::NewArrivals,
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
            Self::Popular => "POPULAR",
            Self::NewArrivals => "NEW_ARRIVALS",
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
            Self::Popular => Placement::Popular,
            Self::NewArrivals => Placement::NewArrivals,
            Self::Picture => return None,
        })
    }

    pub(super) fn called(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The experiment that a list is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    experiment: ExperimentId,
    /// The arm of each product, or the one of all; where places are given by lot, the arms that would
    /// have put each there, by bit.
    arms: Vec<u8>,
    /// With what chance each came to its place; none where nothing was drawn by lot.
    chances: Vec<f32>,
}

impl Origin {
    /// Of a product that no arm put there.
    pub const NOBODY: u8 = u8::MAX;

    /// Made by one arm, or of each product by its own.
    #[must_use]
    pub const fn of(experiment: ExperimentId, arms: Vec<u8>) -> Self {
        Self {
            experiment,
            arms,
            chances: Vec::new(),
        }
    }

    /// Of places that were given by lot: the arms that would have put each product there, by bit, and
    /// with what chance it came there.
    #[must_use]
    pub fn drawn(experiment: ExperimentId, places: impl IntoIterator<Item = (u8, f32)>) -> Self {
        let (arms, chances) = places.into_iter().unzip();
        Self {
            experiment,
            arms,
            chances,
        }
    }

    fn pack(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.arms.len() as u8);
        bytes.extend_from_slice(self.experiment.0.as_bytes());
        bytes.extend_from_slice(&self.arms);
        bytes.extend(self.chances.iter().flat_map(|chance| chance.to_le_bytes()));
    }

    fn unpack(bytes: &[u8], is_drawn: bool) -> Option<(Option<Self>, &[u8])> {
        let (&count, rest) = bytes.split_first()?;
        let (experiment, rest) = rest.split_at_checked(ID)?;
        let (arms, rest) = rest.split_at_checked(count.into())?;
        let chances = if is_drawn { CHANCE * usize::from(count) } else { 0 };
        let (chances, rest) = rest.split_at_checked(chances)?;
        let (chances, _) = chances.as_chunks::<CHANCE>();
        let origin = Self {
            experiment: ExperimentId(Uuid::from_slice(experiment).ok()?),
            arms: arms.to_vec(),
            chances: chances.iter().map(|chance| f32::from_le_bytes(*chance)).collect(),
        };
        Some((Some(origin), rest))
    }

    /// How events tell of the arm of a place, from 0, or of the arms.
    fn label(&self, place: usize) -> Option<String> {
        let arm = match self.arms.as_slice() {
            [all] if self.chances.is_empty() => *all,
            each => *each.get(place)?,
        };
        let is_somebodys = arm != Self::NOBODY || !self.chances.is_empty();
        is_somebodys.then(|| experiments::label(self.experiment, arm.into()))
    }
}

/// A list that was handed out.
#[derive(Clone, Debug, PartialEq)]
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
        let chance = self.origin.as_ref().and_then(|origin| origin.chances.get(place));
        Some(Attribution {
            list: self.list,
            kind: self.kind.name().to_owned(),
            position: u16::try_from(place + 1).ok()?,
            model: self.model.clone(),
            arm: self.origin.as_ref().and_then(|origin| origin.label(place)),
            // Where nothing was drawn by lot, what stands there always would.
            propensity: chance.copied().unwrap_or(1.0),
        })
    }

    pub(crate) fn pack(&self) -> Vec<u8> {
        let mut bytes = self.list.as_bytes().to_vec();
        let code = ListKind::ALL
            .iter()
            .position(|kind| *kind == self.kind)
            .unwrap_or_default();
        let flags = match &self.origin {
            None => 0,
            Some(origin) if origin.chances.is_empty() => HAS_ORIGIN,
            Some(_) => HAS_ORIGIN | HAS_CHANCES,
        };
        bytes.extend([code as u8, self.model.len() as u8 | flags]);
        bytes.extend_from_slice(self.model.as_bytes());
        if let Some(origin) = &self.origin {
            origin.pack(&mut bytes);
        }
        bytes.extend(self.tails.iter().flatten());
        bytes
    }

    pub(crate) fn unpack(bytes: &[u8]) -> Option<Self> {
        let (list, rest) = bytes.split_at_checked(ID)?;
        let (&[code, length], rest) = rest.split_first_chunk::<2>()?;
        let (model, rest) = rest.split_at_checked(usize::from(length & !(HAS_ORIGIN | HAS_CHANCES)))?;
        let (origin, rest) = match length & HAS_ORIGIN {
            0 => (None, rest),
            _ => Origin::unpack(rest, length & HAS_CHANCES != 0)?,
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
        let origin = Origin::drawn(experiment, [(1, 0.9), (255, 1.0), (6, 0.05)]);
        let label = ListLabel::new(ListKind::Viewer, "g1.1", &products, Some(origin));
        let read = ListLabel::unpack(&label.pack()).unwrap();
        assert_eq!(read, label);
        let told = products.iter().map(|product| read.attribution(*product).unwrap());
        let told: Vec<(Option<String>, f32)> = told.map(|found| (found.arm, found.propensity)).collect();
        assert_eq!(told, [(of(1), 0.9), (of(255), 1.0), (of(6), 0.05)]);
    }

    #[test]
    fn an_id_from_before_there_were_experiments_counts() {
        let product = ProductId::generate();
        let mut bytes = Uuid::now_v7().as_bytes().to_vec();
        bytes.extend([0, 4]);
        bytes.extend_from_slice(b"g7.1");
        bytes.extend(tail(&product));
        let found = ListLabel::unpack(&bytes).unwrap().attribution(product).unwrap();
        assert_eq!((found.position, found.kind.as_str(), found.arm), (1, "SIMILAR", None));
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        for kind in ListKind::ALL {
            assert_eq!(ListKind::called(kind.name()), Some(kind));
        }
    }
}
