//! What changes do to slots, versions and counts.

use super::{
    model::{Model, Step, any_steps, apply, index_of},
    *,
};
use std::collections::HashMap;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn only_newer_changes_count_and_slots_stay_their_items(steps in any_steps()) {
        let (mut index, mut model) = (CatalogIndex::default(), Model::default());
        let mut owners: HashMap<Slot, ItemId> = HashMap::new();
        for step in &steps {
            let (counted, slot) = (model.apply(step), apply(&mut index, step));
            prop_assert_eq!(counted, slot.is_some(), "{:?}", step);
            let id = match step {
                Step::Upsert(item) => item.id,
                Step::Remove(number, _) => id(*number),
            };
            if let Some(slot) = slot {
                prop_assert_eq!(*owners.entry(slot).or_insert(id), id);
            }
        }
        prop_assert_eq!(index.len(), model.live().count());
        prop_assert_eq!(index.is_empty(), model.live().next().is_none());
        for item in model.live() {
            prop_assert_eq!(index.get(item.id), Some(item));
            prop_assert_eq!(index.slot(item.id).and_then(|slot| index.item(slot)), Some(item));
        }
        for (slot, id) in owners {
            prop_assert!(index.slot(id).is_none_or(|now| now == slot));
            prop_assert_eq!(index.slot(id).is_some(), index.item(slot).is_some());
        }
    }

    #[test]
    fn groups_count_their_published_items(steps in any_steps()) {
        let (index, model) = (index_of(&steps), Model::of(&steps));
        let ids: Vec<Uuid> = [10, 11, 12, 20, 30, 31, 99].map(Uuid::from_u128).into();
        let count = |filter: Filter| model.list(&filter, &[]).len() as u64;
        let categories = ids.iter().map(|&id| count(Filter { categories: vec![id], ..Filter::default() }));
        prop_assert_eq!(index.category_counts(&ids), categories.collect::<Vec<_>>());
        let brands = ids.iter().map(|&id| count(Filter { brands: vec![id], ..Filter::default() }));
        prop_assert_eq!(index.brand_counts(&ids), brands.collect::<Vec<_>>());
    }
}

#[test]
fn a_deletion_outlives_late_news_of_the_item() {
    let mut index = CatalogIndex::default();
    assert_eq!(index.remove(id(1), 5), None);
    assert_eq!(
        index.upsert(Item {
            version: 5,
            ..item(1, "lamp")
        }),
        None
    );
    let slot = index
        .upsert(Item {
            version: 6,
            ..item(1, "lamp")
        })
        .unwrap();
    assert_eq!(index.remove(id(1), 5), None);
    assert_eq!(index.remove(id(1), 7), Some(slot));
    assert_eq!(
        index.upsert(Item {
            version: 7,
            ..item(1, "lamp")
        }),
        None
    );
    assert_eq!((index.len(), index.slot(id(1))), (0, None));
    assert_ne!(index.upsert(item(2, "lamp")), Some(slot));
    assert_eq!(
        index.upsert(Item {
            version: 8,
            ..item(1, "lamp")
        }),
        Some(slot)
    );
}

#[test]
fn stock_and_publication_show_at_once() {
    let mut index = CatalogIndex::default();
    let stock = |stock| ListQuery {
        filter: Filter {
            in_stock: Some(stock),
            ..Filter::default()
        },
        ..query()
    };
    let total = |index: &CatalogIndex, asked: &ListQuery| index.list(asked).unwrap().total;
    index.upsert(item(1, "lamp"));
    assert_eq!(
        (total(&index, &stock(true)), total(&index, &stock(false))),
        (Some(1), Some(0))
    );
    index.upsert(Item {
        version: 2,
        in_stock: false,
        ..item(1, "lamp")
    });
    assert_eq!(
        (total(&index, &stock(true)), total(&index, &stock(false))),
        (Some(0), Some(1))
    );
    index.upsert(Item {
        version: 3,
        published: false,
        ..item(1, "lamp")
    });
    assert_eq!(total(&index, &query()), Some(0));
    assert_eq!(index.len(), 1);
}
