//! A catalogue of generated items with clustered vectors, and who is most like whom in it.

use super::{IMAGE, K, TEXT};
use chrono::DateTime;
use reco_actors::{Attribute, AttributeValue, Item, ItemId, PriceRange, Term, Weights, eval::Random};
use uuid::Uuid;

/// Items around one centre, as variants and near relations of one article are.
const CLUSTER: usize = 60;
const SPREAD: f32 = 0.6;
const WORDS: u64 = 20_000;
const DESCRIPTION_WORDS: usize = 40;
/// Scores nearer than this are equal in single precision.
const ROUNDING: f32 = 1e-6;

pub(super) fn id(number: usize) -> ItemId {
    ItemId(Uuid::from_u128(1 + number as u128))
}

/// Vectors of all items, made again whenever they are asked for.
pub(super) struct World {
    pub(super) items: usize,
    centres: Vec<Vec<f32>>,
    noise: Vec<f32>,
}

impl World {
    pub(super) fn new(items: usize) -> Self {
        let mut random = Random::new(17);
        let mut normals = |count: usize| -> Vec<f32> { (0..count).map(|_| random.normal() as f32).collect() };
        let families: Vec<Vec<f32>> = (0..12).map(|_| normals(TEXT + IMAGE)).collect();
        let centre = |number: usize| {
            let own = normals(TEXT + IMAGE);
            own.iter()
                .zip(&families[number % 12])
                .map(|(own, family)| own + family)
                .collect()
        };
        let centres = (0..(items / CLUSTER).max(1)).map(centre).collect();
        Self {
            items,
            centres,
            noise: normals(1 << 20),
        }
    }

    pub(super) fn vectors(&self, number: usize, version: u64) -> (Vec<f32>, Vec<f32>) {
        let mut pick = Random::new(number as u64 * 31 + version);
        let centre = &self.centres[pick.below(self.centres.len() as u64) as usize];
        let from = pick.below((self.noise.len() - TEXT - IMAGE) as u64) as usize;
        let noise = &self.noise[from..];
        let mut text: Vec<f32> = centre
            .iter()
            .zip(noise)
            .map(|(centre, noise)| centre + SPREAD * noise)
            .collect();
        let mut image = text.split_off(TEXT);
        for block in [&mut text, &mut image] {
            let length = block.iter().map(|value| value * value).sum::<f32>().sqrt();
            block.iter_mut().for_each(|value| *value /= length);
        }
        (text, image)
    }

    fn fused(&self, number: usize) -> Vec<f32> {
        let (mut text, image) = self.vectors(number, 0);
        text.extend(image);
        text
    }

    /// For each query the scores of all items that count as answers: the least is the K-th best.
    pub(super) fn truth(&self, queries: &[usize]) -> Vec<(usize, Vec<f32>)> {
        let (text, image) = (Weights::DEFAULT.text(), Weights::DEFAULT.image());
        let weighted = |&query: &usize| {
            let mut vector = self.fused(query);
            vector[..TEXT].iter_mut().for_each(|value| *value *= text);
            vector[TEXT..].iter_mut().for_each(|value| *value *= image);
            vector
        };
        let vectors: Vec<Vec<f32>> = queries.iter().map(weighted).collect();
        let mut scores: Vec<Vec<f32>> = queries.iter().map(|_| Vec::with_capacity(self.items)).collect();
        for number in 0..self.items {
            let item = self.fused(number);
            for (query, scores) in vectors.iter().zip(&mut scores) {
                scores.push(dot(query, &item));
            }
        }
        queries.iter().copied().zip(scores).collect()
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 16];
    for (a, b) in a.chunks_exact(16).zip(b.chunks_exact(16)) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

pub(super) fn recall(truth: &[(usize, Vec<f32>)], answers: &[Vec<usize>]) -> f64 {
    let mut found = 0;
    for ((_, scores), answer) in truth.iter().zip(answers) {
        let mut ranked = scores.clone();
        ranked.select_nth_unstable_by(K - 1, |a, b| b.total_cmp(a));
        let last = ranked[K - 1] - ROUNDING;
        found += answer.iter().filter(|&&item| scores[item] >= last).count();
    }
    found as f64 / (truth.len() * K) as f64
}

fn words(random: &mut Random, count: usize) -> String {
    let word = |_| {
        // Few words are frequent, as in any language.
        let rank = (WORDS as f64).powf(random.below(1 << 20) as f64 / f64::from(1 << 20)) as u64;
        format!("w{}", radix(rank * 7_919))
    };
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

fn radix(mut number: u64) -> String {
    let mut text = String::new();
    while number > 0 {
        text.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    text
}

fn term(kind: u128, number: u64) -> Term {
    Term {
        id: Uuid::from_u128((kind << 64) | u128::from(number)),
        slug: format!("term-{kind}-{number}"),
        label: format!("Term {kind} {number}"),
    }
}

pub(super) fn item(random: &mut Random, number: usize) -> Item {
    let leaf = random.below(120);
    let attribute = |key: u64, value| Attribute {
        key: format!("key_{key}"),
        label: format!("Key {key}"),
        value,
    };
    let mut attributes: Vec<Attribute> = (0..4)
        .map(|key| attribute(key, AttributeValue::Text(format!("Value {}", random.below(20)))))
        .collect();
    attributes.push(attribute(4, AttributeValue::Number(random.below(1_000) as f64 / 10.0)));
    attributes.push(attribute(5, AttributeValue::Bool(random.below(2) == 0)));
    let price = 500 + random.below(50_000) as i64;
    Item {
        id: id(number),
        version: 1,
        name: words(random, 6),
        description: words(random, DESCRIPTION_WORDS),
        brand: Some(term(1, random.below(400))),
        categories: vec![term(2, leaf / 40), term(3, leaf / 8), term(4, leaf)],
        price: Some(PriceRange {
            min: price,
            max: price + 500,
        }),
        rating: 3.5,
        rating_count: random.below(500) as u32,
        in_stock: random.below(20) > 0,
        published: random.below(50) > 0,
        attributes,
        identifiers: vec![format!("SKU-{number:08}")],
        created_at: DateTime::from_timestamp(1_700_000_000 + number as i64, 0).unwrap_or_default(),
        popularity: random.below(10_000) as f64,
    }
}
