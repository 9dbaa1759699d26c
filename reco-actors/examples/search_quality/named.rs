//! Products looked for by name: identifiers, models, titles with a typo; and how long a search takes.

use crate::{Asked, Fallible, Shop, icecat::Product};
use reco_actors::{
    catalog::{SearchGuide, SearchMode},
    embed::EmbedText,
    eval::{Random, sample},
};
use std::{collections::HashMap, time::Instant};

/// Titles that get a typo.
const TITLES: usize = 1_000;
/// Words shorter than this get none.
const SHORTEST: usize = 4;
const ROUNDS: usize = 20;
/// Letters of a title that somebody writes.
const BEGINNING: usize = 24;
/// What a product is called by.
type Name = fn(&Product) -> Option<&String>;

/// How often the first hit of each name is a product of that name.
pub(crate) fn names(shop: &Shop, products: &[Product], encoder: &mut dyn EmbedText) -> Fallible<()> {
    let kinds: [(&str, Name); 3] = [
        ("SKU", |product| Some(&product.sku)),
        ("EAN", |product| product.ean.as_ref()),
        ("model", |product| product.model.as_ref()),
    ];
    for (kind, name) in kinds {
        let named: Vec<(usize, &String)> = products
            .iter()
            .enumerate()
            .filter_map(|(at, product)| Some((at, name(product)?)))
            .collect();
        for (how, step) in [("words", 1), ("hybrid", 10)] {
            let (mut first, mut asked, mut missed) = (0, 0, Vec::new());
            for (_, text) in named.iter().step_by(step) {
                let (mode, vector) = match how {
                    "words" => (SearchMode::Words, vec![1.0; crate::vectors::DIM]),
                    _ => (SearchMode::Hybrid, encoder.embed(&[(*text).clone()])?.remove(0)),
                };
                let hits = shop.search(text, &vector, &Asked::by(mode))?;
                let is_it = hits.first().is_some_and(|at| name(&products[*at]) == Some(text));
                asked += 1;
                first += usize::from(is_it);
                if !is_it && missed.len() < 8 {
                    missed.push((*text).clone());
                }
            }
            println!("{kind}, {how}: first hit of {first} of {asked}, missed {missed:?}");
        }
    }
    Ok(())
}

/// Titles with one typo: how often the product is among the first ten, as often as without.
pub(crate) fn typos(shop: &Shop, products: &[Product], encoder: &mut dyn EmbedText) -> Fallible<()> {
    let mut random = Random::new(5);
    let (mut before, mut after, mut both) = ([0; 2], [0; 2], 0);
    for at in sample(products.len(), TITLES, 5) {
        let title = &products[at].item.name;
        let Some(wrong) = misspelled(title, &mut random) else {
            continue;
        };
        both += 1;
        for (place, mode) in [SearchMode::Words, SearchMode::Hybrid].into_iter().enumerate() {
            let mut is_found = |text: &String| -> Fallible<usize> {
                let vector = encoder.embed(std::slice::from_ref(text))?.remove(0);
                Ok(usize::from(shop.search(text, &vector, &Asked::by(mode))?.contains(&at)))
            };
            before[place] += is_found(title)?;
            after[place] += is_found(&wrong)?;
        }
    }
    for (name, place) in [("words", 0), ("hybrid", 1)] {
        println!(
            "{both} titles, {name}: among the first ten {}, with one typo {} ({:.3} as often)",
            before[place],
            after[place],
            after[place] as f64 / before[place] as f64
        );
    }
    single_words(shop, products)
}

/// Words of one letter wrong that stand alone: the likeliest query of all.
fn single_words(shop: &Shop, products: &[Product]) -> Fallible<()> {
    let mut random = Random::new(6);
    let none = vec![1.0; crate::vectors::DIM];
    let (mut asked, mut found) = (0, 0);
    for at in sample(products.len(), TITLES, 6) {
        let words: Vec<&str> = products[at].item.name.split(' ').filter(|word| is_word(word)).collect();
        if words.is_empty() {
            continue;
        }
        let word = words[random.below(words.len() as u64) as usize].to_owned();
        let Some(wrong) = misspelled(&word, &mut random) else {
            continue;
        };
        let (right, wrong) = (
            shop.search(&word, &none, &Asked::by(SearchMode::Words))?,
            shop.search(&wrong, &none, &Asked::by(SearchMode::Words))?,
        );
        asked += 1;
        found += usize::from(right.first().is_some_and(|first| wrong.contains(first)));
    }
    println!("{asked} single words: the best hit among the first ten with a typo {found}");
    Ok(())
}

fn is_word(word: &str) -> bool {
    word.len() >= SHORTEST && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// One letter of one word left out, doubled, exchanged or turned round with the next.
fn misspelled(text: &str, random: &mut Random) -> Option<String> {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let long: Vec<usize> = (0..words.len()).filter(|at| is_word(&words[*at])).collect();
    if long.is_empty() {
        return None;
    }
    let at = long[random.below(long.len() as u64) as usize];
    let mut letters: Vec<u8> = words[at].bytes().collect();
    let place = random.below(letters.len() as u64 - 1) as usize;
    let other = b'a' + random.below(26) as u8;
    match random.below(4) {
        0 => drop(letters.remove(place)),
        1 => letters.insert(place, other),
        2 => letters[place] = other,
        _ => letters.swap(place, place + 1),
    }
    words[at] = String::from_utf8(letters).ok()?;
    Some(words.join(" "))
}

/// Searches with facets, one after the other, with vectors at hand.
pub(crate) fn speed(shop: &Shop, asked: &HashMap<String, Vec<f32>>) -> Fallible<()> {
    for (name, facets) in [("with facets and count", true), ("ten products alone", false)] {
        let how = Asked {
            facets,
            ..Asked::default()
        };
        let mut took = Vec::new();
        for _ in 0..ROUNDS {
            for (text, vector) in asked {
                let began = Instant::now();
                shop.search(text, vector, &how)?;
                took.push(began.elapsed().as_secs_f64() * 1e3);
            }
        }
        took.sort_by(f64::total_cmp);
        let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
        println!("search, {name}: p50 {:.2} ms, p99 {:.2} ms", at(0.5), at(0.99));
    }
    Ok(())
}

/// Every keystroke of the questions, and of what titles begin with.
pub(crate) fn suggestions(shop: &Shop, products: &[Product], asked: &HashMap<String, Vec<f32>>) {
    let beginning = |at: usize| products[at].item.name.chars().take(BEGINNING).collect::<String>();
    let titles = sample(products.len(), TITLES / 10, 23).into_iter().map(beginning);
    let texts: Vec<String> = asked.keys().cloned().chain(titles).collect();
    let guide = SearchGuide::default();
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        for text in &texts {
            for (end, letter) in text.char_indices() {
                let began = Instant::now();
                let said = shop.index.suggest(&text[..end + letter.len_utf8()], 8, 8, &guide);
                took.push(began.elapsed().as_secs_f64() * 1e3);
                std::hint::black_box(said);
            }
        }
    }
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    println!(
        "suggest, {} keystrokes: p50 {:.2} ms, p99 {:.2} ms",
        took.len(),
        at(0.5),
        at(0.99)
    );
}
