//! Searching pictures by words, where the image model has a text side.

use super::{
    elsewhere::{fill, over_with},
    *,
};
use crate::catalog::{Fusion, SearchGuide, SearchMode, SearchQuery, Window};

/// Bowls whose texts name no colour: 1 is red, 2 blue, 3 has no picture, and 4 is red and called a cup.
fn bowls() -> Vec<(Item, Change)> {
    let grid = FAKE_IMAGE_DIM / 3;
    let plain = |colour: [f32; 3]| colour.into_iter().flat_map(|value| vec![value; grid]).collect();
    let bowl = |number: u128, name: &str, colour: Option<[f32; 3]>| {
        let vectors = Change::Vectors {
            id: id(number),
            text: Some(fake_text_vector(name)),
            image: colour.map(plain),
        };
        (item(number, name), vectors)
    };
    let (red, blue) = ([0.9, -0.8, -0.9], [-0.9, -0.8, 0.9]);
    vec![
        bowl(1, "deep bowl", Some(red)),
        bowl(2, "deep bowl", Some(blue)),
        bowl(3, "deep bowl", None),
        bowl(4, "tall cup", Some(red)),
    ]
}

fn asked(text: &str, mode: SearchMode) -> SearchQuery {
    SearchQuery {
        text: text.to_owned(),
        mode,
        filter: Filter::default(),
        sort: Vec::new(),
        window: Window::Offset { offset: 0, limit: 10 },
        want_total: false,
        want_facets: false,
        at: DateTime::UNIX_EPOCH,
    }
}

async fn found(handle: &RecoHandle, text: &str, mode: SearchMode) -> Vec<(ItemId, f32)> {
    let answer = soon(handle.search(asked(text, mode))).await.unwrap();
    let entries = answer.found.page.entries.iter().zip(&answer.found.scores);
    entries.map(|(entry, score)| (entry.id, score.looks)).collect()
}

/// What is found once the question's embeddings are made in time.
async fn shown(handle: &RecoHandle, text: &str) -> Vec<(ItemId, f32)> {
    let search = async {
        loop {
            let found = found(handle, text, SearchMode::Hybrid).await;
            if found.iter().any(|(_, looks)| *looks > 0.0) {
                return found;
            }
        }
    };
    soon(search).await
}

fn ids(found: &[(ItemId, f32)]) -> Vec<ItemId> {
    found.iter().map(|(id, _)| *id).collect()
}

async fn shows_what_is_asked_for(handle: &RecoHandle) {
    let red_bowls = shown(handle, "red bowl").await;
    assert_eq!(red_bowls[0].0, id(1), "{red_bowls:?}");
    let looks = |wanted| red_bowls.iter().find(|(id, _)| *id == wanted).map(|(_, looks)| *looks);
    assert!(looks(id(1)) > Some(0.2) && looks(id(2)) == Some(0.0), "{red_bowls:?}");
    assert_eq!(
        looks(id(3)),
        Some(0.0),
        "nothing is known of a picture that is not there"
    );
    assert!(
        looks(id(4)).is_some(),
        "it shows red, whatever it is called: {red_bowls:?}"
    );
    // No word of any item: what shows it is found all the same.
    let red = ids(&shown(handle, "red").await);
    assert_eq!(
        red.iter().filter(|found| [id(1), id(4)].contains(found)).count(),
        2,
        "{red:?}"
    );
    assert!(!red.contains(&id(2)), "{red:?}");
    assert!(found(handle, "red", SearchMode::Words).await.is_empty());
}

#[tokio::test]
async fn pictures_are_found_by_what_they_show() {
    let system = start(config(), FakeFactory::new().with_captions());
    let handle = system.handle();
    let changes = bowls().into_iter().flat_map(|(item, vectors)| [upsert(item), vectors]);
    handle.apply(changes.collect(), 1).await.unwrap();
    shows_what_is_asked_for(&handle).await;
    let unseen = Fusion {
        looks: 0.0,
        ..Fusion::default()
    };
    handle.set_search_guide(SearchGuide::new(unseen, &[], Vec::new(), []));
    let plain = found(&handle, "red bowl", SearchMode::Hybrid).await;
    assert!(plain.iter().all(|(_, looks)| *looks == 0.0), "{plain:?}");
}

#[tokio::test]
async fn pictures_whose_vectors_another_engine_holds_are_found_too() {
    let factory: Arc<dyn EmbedderFactory> = Arc::new(FakeFactory::new().with_captions());
    let (system, stand_in) = over_with(config(), Some(factory));
    let handle = system.handle();
    let (items, vectors): (Vec<Item>, Vec<Change>) = bowls().into_iter().unzip();
    handle.apply(items.into_iter().map(upsert).collect(), 1).await.unwrap();
    fill(&handle, &stand_in, vectors).await;
    shows_what_is_asked_for(&handle).await;
}

#[tokio::test]
async fn without_a_text_side_pictures_play_no_part() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    let changes = bowls().into_iter().flat_map(|(item, vectors)| [upsert(item), vectors]);
    handle.apply(changes.collect(), 1).await.unwrap();
    let bowls = found(&handle, "red bowl", SearchMode::Hybrid).await;
    assert!(!bowls.is_empty() && bowls.iter().all(|(_, looks)| *looks == 0.0));
    assert!(handle.embed_captions(vec!["red".into()]).await.is_err());
}
