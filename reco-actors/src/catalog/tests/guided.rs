//! Search as the staff want it: synonyms, what comes first, higher, lower or not at all.

use super::{
    search::{asked, numbers, shop},
    *,
};

fn rule(queries: &[&str], action: RuleAction, items: &[u128]) -> SearchRule {
    SearchRule {
        queries: queries.iter().map(|&query| query.to_owned()).collect(),
        contained: false,
        action,
        items: items.iter().map(|&number| id(number)).collect(),
        categories: Vec::new(),
        brands: Vec::new(),
        starts_at: None,
        ends_at: None,
    }
}

fn guide(rules: Vec<SearchRule>) -> SearchGuide {
    SearchGuide::new(Fusion::default(), &[], rules, [])
}

fn meaning_the_same(source: Option<&str>, terms: &[&str]) -> SearchGuide {
    let synonym = Synonym {
        source: source.map(str::to_owned),
        terms: terms.iter().map(|&term| term.to_owned()).collect(),
    };
    SearchGuide::new(Fusion::default(), &[synonym], Vec::new(), [])
}

fn found(text: &str, guide: &SearchGuide) -> Vec<u128> {
    numbers(&shop().search(&asked(text), guide, Senses::default()).unwrap())
}

#[test]
fn a_synonym_finds_what_the_word_finds_behind_what_has_the_word() {
    let guide = meaning_the_same(None, &["headphones", "wireless cans"]);
    assert_eq!(found("wireless cans", &guide).len(), 2);
    assert_eq!(found("wireless cans", &SearchGuide::default()), [1]);
    let one_way = meaning_the_same(Some("boiler"), &["kettle"]);
    assert!(found("boiler", &one_way).contains(&3));
    assert!(found("kettle", &one_way).contains(&3));
}

#[test]
fn a_word_with_synonyms_is_not_misspelled() {
    let page = shop()
        .search(&asked("kettel"), &SearchGuide::default(), Senses::default())
        .unwrap();
    assert_eq!(page.corrected.as_deref(), Some("kettle"));
    let guide = meaning_the_same(Some("kettel"), &["stove"]);
    let page = shop().search(&asked("kettel"), &guide, Senses::default()).unwrap();
    assert_eq!((numbers(&page), page.corrected), (vec![4], None));
}

#[test]
fn a_whole_phrase_is_needed_for_its_synonyms() {
    let guide = meaning_the_same(None, &["copper kettle", "stand"]);
    let page = shop().search(&asked("kettle"), &guide, Senses::default()).unwrap();
    assert!(!numbers(&page).contains(&2));
    assert!(found("copper kettle", &guide).contains(&2));
}

#[test]
fn pinned_items_come_first_in_their_order_whether_they_were_found_or_not() {
    let guide = guide(vec![rule(&["Headphones"], RuleAction::Pin, &[5, 2, 99])]);
    assert_eq!(found("headphones", &guide), [5, 2, 1]);
    assert_eq!(found("wireless headphones", &guide)[0], 1);
}

#[test]
fn what_is_pinned_still_has_to_pass_the_filter_and_to_be_published() {
    let guide = guide(vec![rule(&["headphones"], RuleAction::Pin, &[5, 2])]);
    let mut shop = shop();
    shop.upsert(Item {
        version: 2,
        published: false,
        ..item(5, "Electric teapot")
    });
    let page = shop.search(&asked("headphones"), &guide, Senses::default()).unwrap();
    assert_eq!(numbers(&page), [2, 1]);
    let mut filtered = asked("headphones");
    filtered.filter.exclude = vec![id(2)];
    assert_eq!(
        numbers(&shop.search(&filtered, &guide, Senses::default()).unwrap()),
        [1]
    );
}

#[test]
fn another_order_than_relevance_is_not_changed_by_pins() {
    let guide = guide(vec![rule(&["headphones"], RuleAction::Pin, &[5])]);
    let mut sorted = asked("headphones");
    sorted.sort = vec![by(SortField::Name, false)];
    assert_eq!(
        numbers(&shop().search(&sorted, &guide, Senses::default()).unwrap()),
        [2, 1]
    );
}

#[test]
fn boosts_and_burials_are_parts_of_the_score() {
    let before = found("headphones", &SearchGuide::default());
    let last = *before.last().unwrap();
    let raised = guide(vec![rule(&["headphones"], RuleAction::Boost(2.0), &[last, 5])]);
    let page = shop().search(&asked("headphones"), &raised, Senses::default()).unwrap();
    assert_eq!(numbers(&page)[0], last);
    assert!(!numbers(&page).contains(&5), "a boost finds nothing by itself");
    assert!((page.scores[0].rules - 2.0).abs() < 1e-6);
    let first = before[0];
    let lowered = guide(vec![rule(&[], RuleAction::Bury(2.0), &[first])]);
    assert_eq!(found("headphones", &lowered).last(), Some(&first));
}

#[test]
fn brands_are_boosted_and_hidden_as_a_whole() {
    let mut hiding = rule(&["headphones"], RuleAction::Hide, &[]);
    hiding.brands = vec![Uuid::from_u128(1)];
    assert_eq!(found("headphones", &guide(vec![hiding.clone()])), [2]);
    let pinned = rule(&["headphones"], RuleAction::Pin, &[1]);
    assert_eq!(
        found("headphones", &guide(vec![hiding, pinned])),
        [2],
        "hidden is hidden"
    );
}

#[test]
fn rules_for_a_word_hold_for_its_misspellings_too() {
    let guide = guide(vec![rule(&["kettle"], RuleAction::Pin, &[1])]);
    assert_eq!(found("kettel", &guide)[0], 1);
}

#[test]
fn pages_go_on_behind_what_is_pinned() {
    let guide = guide(vec![rule(&["headphones"], RuleAction::Pin, &[5, 4, 3])]);
    let shop = shop();
    let whole = found("headphones", &guide);
    let (mut seen, mut keyset) = (Vec::new(), None);
    loop {
        let window = Window::After { keyset, limit: 2 };
        let page = shop
            .search(
                &SearchQuery {
                    window,
                    ..asked("headphones")
                },
                &guide,
                Senses::default(),
            )
            .unwrap();
        seen.extend(numbers(&page));
        keyset = page.page.entries.last().map(|entry| entry.keyset.clone());
        if !page.page.has_next {
            break;
        }
    }
    assert_eq!((seen.len(), seen), (whole.len(), whole));
}

#[test]
fn earlier_questions_are_suggested_before_words_of_the_catalogue() {
    let popular = [("kettle copper".to_owned(), 12)];
    let guide = SearchGuide::new(Fusion::default(), &[], Vec::new(), popular);
    let said = shop().suggest("ket", 5, 5, &guide).texts;
    assert_eq!(said, ["kettle copper", "kettle"]);
}
