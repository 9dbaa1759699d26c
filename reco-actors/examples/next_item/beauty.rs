//! Amazon Beauty: co-visitation alone, which knows nothing of texts here.

use crate::{Fallible, K, told};
use reco_actors::{
    ItemId,
    eval::next_item::{Case, Sequence, cases, next_item},
    models::{CoVisitation, CoVisitationSettings, Visit},
};
use std::{collections::HashSet, path::Path, time::Instant};
use uuid::Uuid;

pub(crate) fn run(file: &Path) -> Fallible<()> {
    let histories = read(&std::fs::read_to_string(file)?)?;
    println!(
        "{} histories, {} visits",
        histories.len(),
        histories.iter().map(Vec::len).sum::<usize>()
    );
    let (without_two, without_one) = (cut(&histories, 2), cut(&histories, 1));
    let (validation, last) = (cases(&histories, 1), cases(&histories, 0));
    measure("validation, fit on all before", &without_two, &validation);
    measure("last item, fit on all but the last two", &without_two, &last);
    measure("last item, fit on all but the last", &without_one, &last);
    let alone: Vec<Case<'_, ItemId>> = last.iter().filter(|case| !case.is_shared).copied().collect();
    println!(
        "{} of {} share their last step with somebody; without them:",
        last.len() - alone.len(),
        last.len()
    );
    measure("last item, fit on all but the last two", &without_two, &alone);
    measure("last item, fit on all but the last", &without_one, &alone);
    Ok(())
}

fn read(text: &str) -> Fallible<Vec<Sequence<ItemId>>> {
    let line = |line: &str| -> Fallible<Sequence<ItemId>> {
        let numbers = line.split_whitespace().skip(1).map(str::parse);
        let numbers = numbers.collect::<Result<Vec<u128>, _>>()?;
        Ok(numbers
            .into_iter()
            .map(|number| ItemId(Uuid::from_u128(number)))
            .collect())
    };
    text.lines().map(line).collect()
}

fn cut(histories: &[Sequence<ItemId>], off: usize) -> Vec<&[ItemId]> {
    let whole = histories.iter();
    whole
        .map(|history| &history[..history.len().saturating_sub(off)])
        .collect()
}

fn measure(name: &str, fit_on: &[&[ItemId]], asked: &[Case<'_, ItemId>]) {
    let began = Instant::now();
    let mut model = CoVisitation::new(CoVisitationSettings::default());
    let mut learnt = 0;
    for history in fit_on {
        let visits: Vec<Visit> = history.iter().map(|item| Visit::from(*item)).collect();
        for (at, visit) in visits.iter().enumerate() {
            model.learn(&visits[..at], *visit, 0.0);
        }
        learnt += visits.len();
    }
    let fitted = began.elapsed();
    let measured = next_item(asked, K, |history, seen: &HashSet<ItemId>, k| {
        let history: Vec<Visit> = history.iter().map(|item| Visit::from(*item)).collect();
        let next = model.next(&history, |item| !seen.contains(&item), k);
        next.into_iter().map(|next| next.item).collect()
    });
    let all = began.elapsed();
    println!(
        "{name}: NDCG@10 {}, Recall@10 {}; fit in {:.2} s ({:.1} µs a visit), {:.2} ms a list, {:.1} s in all",
        told(&measured.ndcg),
        told(&measured.recall),
        fitted.as_secs_f64(),
        fitted.as_secs_f64() * 1e6 / learnt as f64,
        (all - fitted).as_secs_f64() * 1e3 / asked.len() as f64,
        all.as_secs_f64()
    );
}
