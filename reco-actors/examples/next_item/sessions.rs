//! RSC15-100k: the next click of a session, the same item again included, at the positions for which
//! lists of others are published; held against these lists.

use crate::{Fallible, told};
use reco_actors::{
    ItemId,
    eval::metrics::hit_rate,
    models::{CoVisitation, CoVisitationSettings, Next, SessionKnn, SessionKnnSettings, Visit},
};
use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
    time::Instant,
};
use uuid::Uuid;

/// As deep as the published figures go.
const DEEP: usize = 20;

/// The clicks of a session, and when its last one was.
#[derive(Default)]
struct Session {
    clicks: Vec<ItemId>,
    end: f64,
}

/// What is asked: a session so far, what came next, and the published list.
struct Asked<'s> {
    so_far: &'s [ItemId],
    next: ItemId,
    published: Vec<ItemId>,
}

pub(crate) fn run(directory: &Path) -> Fallible<()> {
    let mut training: Vec<Session> = sessions(&directory.join("yoochoose-clicks-100k_train_full.txt.gz"))?
        .into_values()
        .collect();
    training.sort_by(|a, b| a.end.total_cmp(&b.end));
    let test = sessions(&directory.join("yoochoose-clicks-100k_test.txt.gz"))?;
    println!("{} sessions to learn from", training.len());
    let mut rules = CoVisitation::new(CoVisitationSettings::sequential_rules());
    let mut knn = SessionKnn::new(SessionKnnSettings::default());
    let began = Instant::now();
    for session in &training {
        let visits: Vec<Visit> = session.clicks.iter().map(|item| Visit::from(*item)).collect();
        for (at, visit) in visits.iter().enumerate() {
            rules.learn(&visits[..at], *visit, 0.0);
        }
        let number = knn.begin();
        session.clicks.iter().for_each(|item| knn.visit(number, *item));
    }
    println!("both fit in {:.2} s", began.elapsed().as_secs_f64());
    let asked = asked(&directory.join("recoms_rsc15_100k_sr.csv.gz"), &test)?;
    measure("SR", &asked, |so_far| {
        let latest: Vec<Visit> = so_far.last().map(|item| Visit::from(*item)).into_iter().collect();
        rules.next(&latest, |_| true, DEEP)
    });
    let asked = self::asked(&directory.join("recoms_rsc15_100k_vsknn.csv.gz"), &test)?;
    measure("V-SKNN", &asked, |so_far| knn.next(so_far, |_| true, DEEP));
    Ok(())
}

fn measure(name: &str, asked: &[Asked<'_>], list: impl Fn(&[ItemId]) -> Vec<Next>) {
    let (mut ours, mut theirs, mut shared) = (Measured::default(), Measured::default(), 0);
    let began = Instant::now();
    for case in asked {
        let list: Vec<ItemId> = list(case.so_far).into_iter().map(|next| next.item).collect();
        shared += list.iter().filter(|item| case.published.contains(item)).count();
        ours.add(&list, case.next);
        theirs.add(&case.published, case.next);
    }
    println!(
        "{name} at {} positions: HR@20 {}, MRR@20 {}; the published lists {}, {}; {:.1} % of them shared; {:.2} ms a list",
        asked.len(),
        told(&ours.hits),
        told(&ours.ranks),
        told(&theirs.hits),
        told(&theirs.ranks),
        100.0 * shared as f64 / (DEEP * asked.len()) as f64,
        began.elapsed().as_secs_f64() * 1e3 / asked.len() as f64
    );
}

#[derive(Default)]
struct Measured {
    hits: Vec<f64>,
    ranks: Vec<f64>,
}

impl Measured {
    fn add(&mut self, list: &[ItemId], next: ItemId) {
        let found: Vec<bool> = list.iter().map(|item| *item == next).collect();
        self.hits.push(hit_rate(&found, DEEP));
        let place = found.iter().position(|hit| *hit);
        self.ranks.push(place.map_or(0.0, |place| 1.0 / (place + 1) as f64));
    }
}

fn id(text: &str) -> Fallible<ItemId> {
    Ok(ItemId(Uuid::from_u128(text.trim().parse()?)))
}

fn lines(file: &Path) -> Fallible<impl Iterator<Item = std::io::Result<String>>> {
    let unpacked = flate2::read::MultiGzDecoder::new(File::open(file)?);
    Ok(BufReader::new(unpacked).lines().skip(1))
}

fn sessions(file: &Path) -> Fallible<HashMap<u64, Session>> {
    let mut sessions: HashMap<u64, Session> = HashMap::new();
    for line in lines(file)? {
        let line = line?;
        let mut fields = line.split_whitespace();
        let (Some(session), Some(item), Some(at)) = (fields.next(), fields.next(), fields.next()) else {
            return Err("a line is a session, an item and a time".into());
        };
        let session = sessions.entry(session.parse()?).or_default();
        session.clicks.push(id(item)?);
        session.end = session.end.max(at.parse()?);
    }
    Ok(sessions)
}

fn asked<'s>(file: &Path, test: &'s HashMap<u64, Session>) -> Fallible<Vec<Asked<'s>>> {
    let mut asked = Vec::new();
    for line in lines(file)? {
        let line = line?;
        let mut fields = line.split(';');
        let (Some(session), Some(position), Some(list)) = (fields.next(), fields.next(), fields.next()) else {
            return Err("a line is a session, a position, items and scores".into());
        };
        let clicks = &test.get(&session.parse()?).ok_or("a session of the test")?.clicks;
        let position: usize = position.parse()?;
        asked.push(Asked {
            so_far: &clicks[..=position],
            next: *clicks.get(position + 1).ok_or("something comes next")?,
            published: list.split(',').take(DEEP).map(id).collect::<Fallible<_>>()?,
        });
    }
    Ok(asked)
}
