//! RSC15-100k: the next click of a session, the same item again included, at the positions for which
//! lists of others are published; held against these lists.

use crate::{Fallible, told};
use reco_actors::{
    ItemId,
    eval::metrics::hit_rate,
    models::{
        Act, Behaviour, BehaviourSettings, CoVisitation, CoVisitationSettings, Deed, Next, Past, PersonId, SessionKnn,
        SessionKnnSettings, Visit,
    },
};
use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
    time::Instant,
};
use uuid::Uuid;

const DAY_S: f64 = 24.0 * 3_600.0;
/// As deep as the published figures go.
const DEEP: usize = 20;

/// The clicks of a session, and when its last one was.
#[derive(Default)]
struct Session {
    clicks: Vec<ItemId>,
    end: f64,
}

impl Session {
    fn at_ms(&self) -> i64 {
        (self.end * 1_000.0) as i64
    }
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
        let number = knn.begin((session.end * 1_000.0) as i64);
        session.clicks.iter().for_each(|item| knn.visit(number, *item));
    }
    println!("both fit in {:.2} s", began.elapsed().as_secs_f64());
    let asked = asked(&directory.join("recoms_rsc15_100k_sr.csv.gz"), &test)?;
    measure("SR", &asked, |so_far| {
        let latest: Vec<Visit> = so_far.last().map(|item| Visit::from(*item)).into_iter().collect();
        rules.next(&latest, |_| true, DEEP)
    });
    let asked = self::asked(&directory.join("recoms_rsc15_100k_vsknn.csv.gz"), &test)?;
    measure("V-SKNN", &asked, |so_far| knn.next(so_far, 0, |_| true, DEEP));
    let cut = training.last().map_or(0.0, |session| session.end) - DAY_S;
    let (before, last): (Vec<&Session>, Vec<&Session>) = training.iter().partition(|session| session.end < cut);
    served("validation, the last day of training", &before, &last);
    served(
        "test",
        &training.iter().collect::<Vec<_>>(),
        &test.values().collect::<Vec<_>>(),
    );
    Ok(())
}

/// What comes next that was not visited in the session yet, at every place of every session: as it is
/// served, and by either part of it alone.
fn served(name: &str, before: &[&Session], asked: &[&Session]) {
    let asked: Vec<(&[ItemId], ItemId, i64)> = asked
        .iter()
        .flat_map(|session| {
            (1..session.clicks.len()).map(|at| (&session.clicks[..at], session.clicks[at], session.at_ms()))
        })
        .filter(|(so_far, next, _)| !so_far.contains(next))
        .collect();
    let with = |share: f32, sessions: SessionKnnSettings| {
        let mut behaviour = Behaviour::new(BehaviourSettings {
            session_share: share,
            sessions,
            ..BehaviourSettings::default()
        });
        for (number, session) in (1..).zip(before) {
            for (place, item) in (0..).zip(&session.clicks) {
                behaviour.learn(&Act {
                    person: PersonId(Uuid::from_u128(number)),
                    at_ms: session.at_ms() + place,
                    deed: Deed::Viewed(*item, None),
                });
            }
        }
        let mut ours = Measured::default();
        for (so_far, next, at_ms) in &asked {
            let past = |item: &ItemId| Past {
                item: *item,
                at_ms: *at_ms,
                strength: 1.0,
                is_bought: false,
                is_disliked: false,
            };
            let mut history: Vec<Past> = Vec::new();
            for item in *so_far {
                history.retain(|past| past.item != *item);
                history.push(past(item));
            }
            let list = behaviour.next(&history, *at_ms, |item| !so_far.contains(&item), DEEP);
            ours.add(&list.into_iter().map(|next| next.item).collect::<Vec<_>>(), *next);
        }
        ours
    };
    let shop = SessionKnnSettings::shop();
    let decays = |days: Option<f32>, near: Option<f32>| SessionKnnSettings {
        neighbour_days: days,
        nearness: near,
        ..shop
    };
    for (what, share, sessions) in [
        ("as it is served", BehaviourSettings::default().session_share, shop),
        ("co-visitation alone", 0.0, shop),
        ("VSTAN alone", 1.0, shop),
        ("V-SKNN alone", 1.0, decays(None, None)),
        ("VSTAN, older sessions as good", 1.0, decays(None, shop.nearness)),
        ("VSTAN, distant items as good", 1.0, decays(shop.neighbour_days, None)),
        ("VSTAN, half a week", 1.0, decays(Some(3.5), shop.nearness)),
        (
            "VSTAN, near items far better",
            1.0,
            decays(shop.neighbour_days, Some(3.0)),
        ),
        ("a quarter VSTAN", 0.25, shop),
        ("three quarters VSTAN", 0.75, shop),
    ] {
        let ours = with(share, sessions);
        println!(
            "{name}, the next new item, {what}: {} places; HR@20 {}, MRR@20 {}",
            ours.hits.len(),
            told(&ours.hits),
            told(&ours.ranks)
        );
    }
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
