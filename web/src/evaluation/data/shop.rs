//! The shop itself: its products, what people did in it, and the vectors it serves from.
//!
//! Only published products count, and all of them as in stock: what could be had when somebody met it is not
//! kept. Sales and ratings are not told, for they know what came later. Somebody who visited before they
//! logged in is one person. What was taken out of a cart and what stars were given says nothing here; of what
//! was chosen from a list, the look that follows it counts.

use super::builder::Builder;
use crate::{evaluation::vectors::Vectors, pipeline::item_of};
use anyhow::ensure;
use reco_actors::{
    Item,
    eval::data::{DataSet, EventKind},
    models::{Act, Deed, PersonId},
};
use sha2::{Digest as _, Sha256};
use shop::{Shop, embeddings::Modality, id::ProductId};
use std::collections::HashMap;

/// Products read at once.
const PAGE: u64 = 500;

/// A shop as a data set, its vectors, and how much of it tells nothing.
pub(crate) struct ShopData {
    pub(crate) data: DataSet,
    pub(crate) vectors: Vectors,
    /// What people did with products that are not there any more, or not published.
    pub(crate) unknown: usize,
    /// Published products without a vector by the first and by the second model that was named.
    pub(crate) lacking: [usize; 2],
}

/// Reads it; vectors are those that models of these ids made of texts and pictures.
///
/// # Errors
/// When the database fails, or there is no published product.
pub(crate) async fn read(shop: &Shop, name: &str, models: [Option<&str>; 2]) -> anyhow::Result<ShopData> {
    let mut builder = Builder::labelled(&["category", "brand"]);
    let ids = products(shop, &mut builder).await?;
    ensure!(!ids.is_empty(), "{name} has no published product to evaluate");
    let acts = acts(shop).await?;
    let unknown = tell(&acts, &mut builder);
    let vectors = vectors(shop, &ids, models).await?;
    let lacking = |vectors: &[Option<Vec<f32>>]| vectors.iter().filter(|vector| vector.is_none()).count();
    let lacking = [lacking(&vectors.text), lacking(&vectors.image)];
    let mut data = builder.finish(name, String::new(), true);
    data.digest = digest(&data, &vectors);
    Ok(ShopData {
        data,
        vectors,
        unknown,
        lacking,
    })
}

/// Published products, in the order of their ids.
async fn products(shop: &Shop, builder: &mut Builder) -> anyhow::Result<Vec<ProductId>> {
    shop.catalog().reload_taxonomy().await?;
    let taxonomy = shop.catalog().taxonomy();
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let views = shop.catalog().load_after(after, PAGE).await?;
        let Some(last) = views.last() else { return Ok(ids) };
        after = Some(last.id());
        for view in views.iter().filter(|view| view.is_published()) {
            let id = view.id();
            let Some((number, item)) = builder.new_item(&id.0.to_string()) else {
                continue;
            };
            *item = Item {
                in_stock: true,
                rating: 0.0,
                rating_count: 0,
                popularity: 0.0,
                ..item_of(view, &taxonomy)
            };
            let brand = item.brand.as_ref();
            let labels = [item.categories.last(), brand].map(|term| term.map(|term| term.label.clone()));
            builder
                .labels
                .insert(number, labels.map(Option::unwrap_or_default).to_vec());
            ids.push(id);
        }
    }
}

/// The whole log.
async fn acts(shop: &Shop) -> anyhow::Result<Vec<Act>> {
    let (mut acts, mut after) = (Vec::new(), 0);
    loop {
        let (events, last) = shop.events().recorded(after).await?;
        let Some(last) = last else { return Ok(acts) };
        acts.extend(graphql::acts_of(&events));
        after = last;
    }
}

/// Tells what people did; gives how much of it was with products that are not known.
fn tell(acts: &[Act], builder: &mut Builder) -> usize {
    let became = acts.iter().filter_map(|act| match act.deed {
        Deed::Became(user) => Some((act.person, user)),
        _ => None,
    });
    let became: HashMap<PersonId, PersonId> = became.collect();
    let mut unknown = 0;
    for (number, act) in acts.iter().enumerate() {
        let (kind, dwell_ms) = match act.deed {
            Deed::Viewed(_, dwell_ms) => (EventKind::View, dwell_ms),
            Deed::Added(_) => (EventKind::Cart, None),
            Deed::Bought(_) => (EventKind::Purchase, None),
            Deed::Chose(_) | Deed::Removed(_) | Deed::Reviewed(..) | Deed::Became(_) | Deed::Left => continue,
        };
        let person = became.get(&act.person).unwrap_or(&act.person);
        let person = builder.person(&person.0.to_string());
        // One order is one basket, whenever it was paid.
        let basket = number.to_string();
        let group = (kind == EventKind::Purchase).then_some(basket.as_str());
        for item in act.deed.items() {
            let item = item.0.to_string();
            if builder.known_item(&item).is_none() {
                unknown += 1;
                continue;
            }
            builder.told_event((person, &item), act.at_ms, (kind, dwell_ms), group);
        }
    }
    unknown
}

async fn vectors(shop: &Shop, ids: &[ProductId], models: [Option<&str>; 2]) -> anyhow::Result<Vectors> {
    let wanted: Vec<&str> = models.iter().copied().flatten().collect();
    let number_of: HashMap<ProductId, usize> = ids.iter().copied().zip(0..).collect();
    let mut vectors = Vectors {
        text: vec![None; ids.len()],
        image: vec![None; ids.len()],
    };
    if wanted.is_empty() {
        return Ok(vectors);
    }
    for stored in shop.embeddings().of(ids, &wanted).await? {
        let place = match stored.modality {
            Modality::Text => &mut vectors.text,
            Modality::Image => &mut vectors.image,
        };
        if let Some(number) = number_of.get(&stored.product) {
            place[*number] = Some(stored.vector);
        }
    }
    Ok(vectors)
}

/// SHA-256 of all that lists depend on, hexadecimal.
fn digest(data: &DataSet, vectors: &Vectors) -> String {
    let mut all = Sha256::new();
    for item in &data.items {
        all.update(format!("{item:?}\n"));
    }
    for event in &data.events {
        all.update(format!("{event:?}\n"));
    }
    for vector in vectors.text.iter().chain(&vectors.image) {
        let vector = vector.as_deref().unwrap_or_default();
        all.update((vector.len() as u64).to_le_bytes());
        vector.iter().for_each(|component| all.update(component.to_le_bytes()));
    }
    hex::encode(all.finalize())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::demo::tests::Fixture;
    use reco_actors::ItemId;
    use shop::{catalog::ProductStatus, viewer::Staff};
    use uuid::Uuid;

    fn act(person: u128, at_ms: i64, deed: Deed) -> Act {
        Act {
            person: PersonId(Uuid::from_u128(person)),
            at_ms,
            deed,
        }
    }

    #[test]
    fn a_visitor_who_logs_in_is_one_person_and_an_order_one_basket() {
        let item = |number: u128| ItemId(Uuid::from_u128(number));
        let mut builder = Builder::default();
        for number in 1..=3 {
            builder.new_item(&item(number).0.to_string()).unwrap();
        }
        let user = PersonId(Uuid::from_u128(20));
        let acts = [
            act(10, 1_000, Deed::Viewed(item(1), Some(4_000))),
            act(10, 2_000, Deed::Chose(item(2))),
            act(10, 3_000, Deed::Became(user)),
            act(20, 4_000, Deed::Bought(vec![item(2), item(3), item(9)])),
            act(20, 4_000, Deed::Bought(vec![item(1)])),
            act(20, 5_000, Deed::Added(item(8))),
        ];
        assert_eq!(tell(&acts, &mut builder), 2, "of items that are not there");
        let data = builder.finish("shop", String::new(), true);
        assert_eq!(data.people, 1);
        let told: Vec<_> = data
            .events
            .iter()
            .map(|event| (event.item, event.kind, event.dwell_ms))
            .collect();
        let bought = |item| (item, EventKind::Purchase, None);
        assert_eq!(
            told,
            [(0, EventKind::View, Some(4_000)), bought(1), bought(2), bought(0)]
        );
        let groups: Vec<u32> = data.events.iter().map(|event| event.group).collect();
        assert!(groups[1] == groups[2] && groups[2] != groups[3], "{groups:?}");
    }

    #[tokio::test]
    async fn a_shop_is_read_with_what_was_bought_in_it_and_without_what_it_does_not_show() {
        let demo = Fixture::open().await;
        demo.seeder().ensure().await.unwrap();
        let whole = read(&demo.shop, "Demo", [None, None]).await.unwrap();
        let again = read(&demo.shop, "Demo", [None, None]).await.unwrap();
        assert_eq!(whole.data.digest, again.data.digest);
        let bought = |found: &ShopData| {
            let events = found.data.events.iter();
            events.filter(|event| event.kind == EventKind::Purchase).count()
        };
        assert!(bought(&whole) > 20 && whole.unknown == 0, "{} bought", bought(&whole));
        assert!(
            whole
                .data
                .items
                .iter()
                .all(|item| item.in_stock && item.popularity == 0.0)
        );
        assert!(whole.data.labels.iter().all(|labels| !labels[0].is_empty()));
        let all = whole.data.items.len();
        assert_eq!((whole.lacking, whole.vectors.text.len()), ([all, all], all));

        let event = whole.data.events.iter().find(|event| event.kind == EventKind::Purchase);
        let hidden = whole.data.items[event.unwrap().item as usize].id;
        let catalog = Staff::operator(&demo.shop).catalog();
        catalog
            .product_set_status(ProductId(hidden.0), ProductStatus::Draft)
            .await
            .unwrap();
        let rest = read(&demo.shop, "Demo", [None, None]).await.unwrap();
        assert_eq!(rest.data.items.len(), all - 1);
        assert!(rest.unknown > 0 && rest.data.digest != whole.data.digest);
        assert_eq!(rest.data.events.len() + rest.unknown, whole.data.events.len());
    }
}
