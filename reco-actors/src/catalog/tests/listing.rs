//! Listings, windows and facets against the model.

use super::{
    model::{Model, any_steps, index_of, passes},
    *,
};

fn ids(page: &ListPage) -> Vec<ItemId> {
    page.entries.iter().map(|entry| entry.id).collect()
}

/// The filter with one value of a facet alone chosen in it.
fn choosing(filter: &Filter, facet: &str, value: &str) -> Filter {
    let mut filter = filter.clone();
    let ends = || value.split_once("..").unwrap();
    match facet {
        "category" => filter.categories = vec![value.parse().unwrap()],
        "brand" => filter.brands = vec![value.parse().unwrap()],
        "price" => (filter.price_min, filter.price_max) = (ends().0.parse().ok(), ends().1.parse().ok()),
        "rating" => filter.rating_min = ends().0.parse().ok(),
        "in_stock" => filter.in_stock = Some(value == "true"),
        attribute => {
            let key = attribute.strip_prefix("attribute:").unwrap();
            filter.attributes.retain(|condition| condition.key != key);
            let matches = match value.split_once("..") {
                Some((min, max)) => AttributeMatch::Range {
                    min: min.parse().ok(),
                    max: max.parse().ok(),
                },
                None if value == "true" || value == "false" => AttributeMatch::Is(value == "true"),
                None => AttributeMatch::AnyOf(vec![value.to_owned()]),
            };
            filter.attributes.push(AttributeFilter {
                key: key.to_owned(),
                matches,
            });
        }
    }
    filter
}

fn is_selected(filter: &Filter, facet: &str, value: &str) -> bool {
    let chosen = choosing(filter, facet, value);
    match facet {
        "category" => filter.categories.contains(&chosen.categories[0]),
        "brand" => filter.brands.contains(&chosen.brands[0]),
        "price" => (filter.price_min, filter.price_max) == (chosen.price_min, chosen.price_max),
        "rating" => filter.rating_min == chosen.rating_min,
        "in_stock" => filter.in_stock == chosen.in_stock,
        _ => {
            let wanted = &chosen.attributes[chosen.attributes.len() - 1];
            let own = filter.attributes.iter().filter(|own| own.key == wanted.key);
            own.into_iter().any(|own| match (&own.matches, &wanted.matches) {
                (AttributeMatch::AnyOf(texts), AttributeMatch::AnyOf(one)) => {
                    texts.iter().any(|text| text.to_lowercase() == one[0].to_lowercase())
                }
                (own, wanted) => own == wanted,
            })
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_listing_is_what_the_model_lists(steps in any_steps(), filter in any_filter(), sort in any_sort()) {
        let (index, expected) = (index_of(&steps), Model::of(&steps).list(&filter, &sort));
        let page = index.list(&ListQuery { filter, sort, ..query() }).unwrap();
        prop_assert_eq!(ids(&page), &expected[..]);
        prop_assert_eq!((page.total, page.has_next, page.has_previous), (Some(expected.len() as u64), false, false));
    }

    #[test]
    fn windows_are_consistent_with_one_another(
        steps in any_steps(), filter in any_filter(), sort in any_sort(), limit in 1..5_usize,
        words in proptest::option::of(prop::sample::select(vec!["lamp", "alpha", "lamp sh"])),
    ) {
        let index = index_of(&steps);
        let text = words.map(str::to_owned);
        let ask = ListQuery { text, filter, sort, want_total: false, ..query() };
        let all = index.list(&ask).unwrap().entries;
        let part = |window| index.list(&ListQuery { window, ..ask.clone() }).unwrap();
        let mut after = None;
        for (offset, expected) in (0..).step_by(limit).zip(all.chunks(limit)) {
            let ends = (offset + limit < all.len(), offset > 0);
            for page in [part(Window::After { keyset: after.clone(), limit }), part(Window::Offset { offset, limit })] {
                prop_assert_eq!(&page.entries[..], expected);
                prop_assert_eq!((page.has_next, page.has_previous), ends);
            }
            after = expected.last().map(|entry| entry.keyset.clone());
        }
        let mut before = None;
        let mut left = all.len();
        for expected in all.rchunks(limit) {
            let page = part(Window::Before { keyset: before, limit });
            let ends = (left < all.len(), left > limit);
            prop_assert_eq!(&page.entries[..], expected);
            prop_assert_eq!((page.has_next, page.has_previous), ends);
            before = expected.first().map(|entry| entry.keyset.clone());
            left -= expected.len();
        }
        let end = part(Window::Offset { offset: all.len() + 1, limit });
        prop_assert_eq!((end.entries.len(), end.has_next, end.has_previous), (0, false, !all.is_empty()));
    }

    #[test]
    fn a_facet_counts_what_choosing_the_value_would_find(steps in any_steps(), filter in any_filter()) {
        let (index, model) = (index_of(&steps), Model::of(&steps));
        let page = index.list(&ListQuery { filter: filter.clone(), want_facets: true, ..query() }).unwrap();
        prop_assert_eq!(ids(&page), model.list(&filter, &[]));
        for facet in page.facets.unwrap() {
            prop_assert!(!facet.values.is_empty());
            for value in &facet.values {
                let found = model.list(&choosing(&filter, &facet.key, &value.value), &[]);
                prop_assert_eq!(value.count, found.len() as u64, "{} {:?}", facet.key, value);
                prop_assert_eq!(value.is_selected, is_selected(&filter, &facet.key, &value.value), "{:?}", value);
                prop_assert!(value.count > 0 || value.is_selected);
            }
            if !["price", "rating", "attribute:weight"].contains(&facet.key.as_str()) && facet.key != "attribute:mixed" {
                let frequent = |pair: &[FacetValue]| {
                    (u64::MAX - pair[0].count, &pair[0].label) < (u64::MAX - pair[1].count, &pair[1].label)
                };
                prop_assert!(facet.values.windows(2).all(frequent), "{:?}", facet);
            }
        }
    }

    #[test]
    fn the_allowed_are_those_that_pass(steps in any_steps(), filter in any_filter(), out_of_stock in any::<bool>()) {
        let index = index_of(&steps);
        let allowed = index.allow(&filter, out_of_stock);
        let model = Model::of(&steps);
        for item in model.live() {
            let slot = index.slot(item.id).unwrap();
            let shown = item.published && (out_of_stock || item.in_stock);
            prop_assert_eq!(index.is_recommendable(slot, out_of_stock), shown);
            prop_assert_eq!(contains(&allowed, slot), shown && passes(&filter, item));
        }
        prop_assert!(allowed.ones().all(|at| index.item(Slot(at as u32)).is_some()));
        let mut expected: Vec<&Item> = model.live().filter(|item| contains(&allowed, index.slot(item.id).unwrap())).collect();
        expected.sort_by(|a, b| b.created_at.cmp(&a.created_at).then(a.id.cmp(&b.id)));
        let newest: Vec<ItemId> = index.newest(&allowed, 5).into_iter().map(|slot| index.item(slot).unwrap().id).collect();
        prop_assert_eq!(newest, expected.iter().map(|item| item.id).take(5).collect::<Vec<_>>());
        expected.sort_by(|a, b| b.popularity.total_cmp(&a.popularity).then(a.id.cmp(&b.id)));
        let popular: Vec<ItemId> = index.popular(&allowed, 5).into_iter().map(|(slot, _)| index.item(slot).unwrap().id).collect();
        prop_assert_eq!(popular, expected.iter().map(|item| item.id).take(5).collect::<Vec<_>>());
    }
}

#[test]
fn relevance_without_keywords_and_foreign_positions_are_refused() {
    let mut index = CatalogIndex::default();
    index.upsert(item(1, "lamp"));
    let refused = |asked: ListQuery| matches!(index.list(&asked), Err(crate::RecoError::InvalidArgument { .. }));
    let sort = vec![by(SortField::Relevance, true)];
    assert!(refused(ListQuery { sort, ..query() }));
    let position = |values| Window::After {
        keyset: Some(Keyset { values, id: id(1) }),
        limit: 1,
    };
    for values in [vec![], vec![KeysetValue::Int(1)], vec![KeysetValue::Float(1.0); 2]] {
        assert!(refused(ListQuery {
            window: position(values),
            ..query()
        }));
    }
    assert!(!refused(ListQuery {
        window: position(vec![KeysetValue::Float(0.0)]),
        ..query()
    }));
}

#[test]
fn selected_values_stay_in_their_facet_when_nothing_has_them() {
    let mut index = CatalogIndex::default();
    index.upsert(Item {
        attributes: vec![text("colour", "Red")],
        ..item(1, "lamp")
    });
    let colour = AttributeFilter {
        key: "colour".to_owned(),
        matches: AttributeMatch::AnyOf(vec!["RED".to_owned()]),
    };
    let filter = Filter {
        attributes: vec![colour],
        price_min: Some(5_000),
        ..Filter::default()
    };
    let page = index
        .list(&ListQuery {
            filter,
            want_facets: true,
            ..query()
        })
        .unwrap();
    let facets: Vec<(String, u64, bool)> = page
        .facets
        .unwrap()
        .into_iter()
        .flat_map(|facet| {
            facet
                .values
                .into_iter()
                .map(move |value| (format!("{}={}", facet.key, value.value), value.count, value.is_selected))
        })
        .collect();
    assert_eq!(
        facets,
        [
            ("price=5000..".to_owned(), 0, true),
            ("attribute:colour=Red".to_owned(), 0, true)
        ]
    );
}

#[test]
fn an_attribute_that_names_each_item_is_no_facet() {
    let mut index = CatalogIndex::default();
    for number in 0..40 {
        let attributes = vec![
            text("model", &format!("M{number}")),
            text("colour", ["Red", "Blue"][number % 2]),
        ];
        index.upsert(Item {
            attributes,
            ..item(number as u128, "lamp")
        });
    }
    let page = index
        .list(&ListQuery {
            want_facets: true,
            ..query()
        })
        .unwrap();
    let keys: Vec<String> = page.facets.unwrap().into_iter().map(|facet| facet.key).collect();
    assert_eq!(keys, ["in_stock", "attribute:colour"]);
}

/// So many items that useful attributes are told from some of them: counts hold all the same.
#[test]
fn facets_of_many_items_are_counted_exactly() {
    const MANY: u128 = 20_000;
    let mut index = CatalogIndex::default();
    let number = |key: &str, value: f64| Attribute {
        key: key.to_owned(),
        label: key.to_owned(),
        value: AttributeValue::Number(value),
    };
    for at in 0..MANY {
        let mut item = item(at, "lamp");
        item.brand = Some(term(1 + at % 7, "Brand"));
        item.attributes = vec![
            text("colour", ["Red", "Blue", "Green"][(at % 3) as usize]),
            number("weight", (at % 40) as f64),
        ];
        if at % 1_000 == 3 {
            item.attributes
                .push(text("rare", ["Once", "Twice"][(at / 1_000 % 2) as usize]));
        }
        index.upsert(item).unwrap();
    }
    let ask = |filter: Filter| {
        let window = Window::Offset { offset: 0, limit: 1 };
        let want_facets = filter == Filter::default();
        let query = ListQuery {
            filter,
            window,
            want_facets,
            ..query()
        };
        index.list(&query).unwrap()
    };
    let facets = ask(Filter::default()).facets.unwrap();
    let keys: Vec<&str> = facets.iter().map(|facet| facet.key.as_str()).collect();
    for key in ["brand", "attribute:colour", "attribute:weight", "attribute:rare"] {
        assert!(keys.contains(&key), "{keys:?}");
    }
    for facet in &facets {
        for value in &facet.values {
            let total = ask(choosing(&Filter::default(), &facet.key, &value.value)).total;
            assert_eq!(Some(value.count), total, "{} {value:?}", facet.key);
        }
    }
}
