//! Rows into batches: drafts with neighbouring rows of one group merged, and rejects.

use super::draft::{Draft, Rules};
use super::read::Records;
use serde::Serialize;
use std::{collections::HashSet, iter::Peekable};

/// A row that was not taken, and every reason why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// 1-based row of the feed.
    pub row: u64,
    /// Its identity, where it has one.
    pub external_id: Option<String>,
    /// What would have to change.
    pub reasons: Vec<String>,
}

/// Some neighbouring rows of a feed.
#[derive(Debug, Default)]
pub struct Batch {
    /// Last row it covers.
    pub last_row: u64,
    /// What can be written.
    pub drafts: Vec<Draft>,
    /// What cannot.
    pub rejects: Vec<Reject>,
    /// Reading cannot go on behind this batch.
    pub broken: Option<String>,
}

/// Cuts a feed into batches.
pub struct Batches {
    rules: Rules,
    records: Peekable<Records>,
    size: usize,
    last_row: u64,
    /// A product that is in the batch before already, and its row.
    held: Option<(u64, Draft)>,
    done: bool,
}

impl Batches {
    /// Batches of about `size` products.
    #[must_use]
    pub fn new(records: Records, rules: Rules, size: usize) -> Self {
        Self {
            rules,
            records: records.peekable(),
            size,
            last_row: 0,
            held: None,
            done: false,
        }
    }

    /// Leaves out rows up to and including this one: an earlier run has done them.
    #[must_use]
    pub fn skip_to(mut self, row: u64) -> Self {
        while self.last_row < row {
            match self.records.next() {
                Some(Ok(record)) => self.last_row = record.row,
                Some(Err(error)) if error.recoverable => self.last_row = error.row,
                _ => break,
            }
        }
        self
    }
}

impl Iterator for Batches {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        if self.done {
            return None;
        }
        let mut batch = Batch::default();
        let mut ids = HashSet::new();
        if let Some((row, draft)) = self.held.take() {
            self.last_row = row;
            add(&mut batch.drafts, &mut ids, draft);
        }
        while let Some(outcome) = self.records.next() {
            match outcome {
                Ok(record) => match self.rules.draft(&record) {
                    Err(reasons) => {
                        self.last_row = record.row;
                        batch.rejects.push(Reject {
                            row: record.row,
                            external_id: self.rules.mapping.fields.external_id.value(&record),
                            reasons,
                        });
                    }
                    Ok(draft) if comes_again(&batch.drafts, &ids, &draft) => {
                        let Some(earlier) = same_product(&mut batch.drafts, &draft) else {
                            self.held = Some((record.row, draft));
                            break;
                        };
                        self.last_row = record.row;
                        *earlier = draft;
                    }
                    Ok(draft) => {
                        self.last_row = record.row;
                        add(&mut batch.drafts, &mut ids, draft);
                    }
                },
                Err(error) if error.recoverable => {
                    self.last_row = error.row;
                    batch.rejects.push(Reject {
                        row: error.row,
                        external_id: None,
                        reasons: vec![error.reason],
                    });
                }
                Err(error) => {
                    batch.broken = Some(error.to_string());
                    self.done = true;
                    break;
                }
            }
            let full = batch.drafts.len() + batch.rejects.len() >= self.size;
            if full && !self.group_goes_on(&batch) {
                break;
            }
        }
        batch.last_row = self.last_row;
        let empty = batch.drafts.is_empty() && batch.rejects.is_empty() && batch.broken.is_none();
        (!empty).then_some(batch)
    }
}

/// Most rows of one group held together; a feed that puts everything into one group must
/// not fill the memory.
const LARGEST_GROUP: usize = 500;

impl Batches {
    /// A group is never cut by the end of a batch.
    fn group_goes_on(&mut self, batch: &Batch) -> bool {
        let Some(group) = batch
            .drafts
            .last()
            .filter(|d| d.variants.len() < LARGEST_GROUP)
            .and_then(|d| d.group.clone())
        else {
            return false;
        };
        let Some(Ok(next)) = self.records.peek() else {
            return false;
        };
        let field = self.rules.mapping.fields.group.as_ref();
        field
            .and_then(|field| field.value(next))
            .is_some_and(|next| next == group)
    }
}

/// The earlier row of a product without variants: the later one takes its place.
fn same_product<'a>(drafts: &'a mut [Draft], draft: &Draft) -> Option<&'a mut Draft> {
    let mut alone = drafts
        .iter_mut()
        .filter(|other| other.group.is_none() && draft.group.is_none());
    alone.find(|other| other.external_id == draft.external_id)
}

fn goes_on(drafts: &[Draft], draft: &Draft) -> bool {
    draft.group.is_some() && drafts.last().is_some_and(|last| last.group == draft.group)
}

/// Whether a row is of a product that the batch has already, other than as the next of its
/// group. It begins a new batch, so that a later row always updates an earlier one, wherever
/// batches happen to end.
fn comes_again(drafts: &[Draft], ids: &HashSet<String>, draft: &Draft) -> bool {
    ids.contains(&draft.external_id) && !goes_on(drafts, draft)
}

fn add(drafts: &mut Vec<Draft>, ids: &mut HashSet<String>, draft: Draft) {
    let goes_on = goes_on(drafts, &draft);
    match drafts.last_mut() {
        Some(last) if goes_on => last.merge(draft),
        _ => {
            ids.insert(draft.external_id.clone());
            drafts.push(draft);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::{
        mapping::Mapping,
        read::{Format, from_reader},
    };
    use super::*;

    const FEED: &str = "id\titem_group_id\ttitle\tprice\tavailability\tsize\n\
        1\tg\tShirt\t10.00 USD\tin_stock\tS\n2\tg\tShirt\t10.00 USD\tout of stock\tM\n\
        3\t\tHat\t5.005 USD\tin stock\t\n4\t\tScarf\t7 EUR\tmany\t\n5\t\tSock\t3 USD\t7\t\n";

    fn batches(size: usize) -> Batches {
        let rules = Rules {
            mapping: Mapping::google(),
            currency: "USD".into(),
            exponent: 2,
        };
        Batches::new(from_reader(FEED.as_bytes(), Format::Tsv).unwrap(), rules, size)
    }

    #[test]
    fn rows_of_a_group_become_variants_even_across_a_batch_end() {
        let first = batches(1).next().unwrap();
        assert_eq!(first.drafts.len(), 1);
        let variants = &first.drafts[0].variants;
        assert_eq!((variants.len(), first.last_row), (2, 2));
        assert_eq!(variants[0].price, Some(1000));
        assert!(variants[0].stock > 0 && variants[1].stock == 0);
        assert_eq!(variants[1].options, [("Size".to_owned(), "M".to_owned())]);
    }

    #[test]
    fn a_rejected_row_tells_every_reason() {
        let batch = batches(100).next().unwrap();
        assert_eq!(batch.drafts.len(), 2);
        let [hat, scarf] = &batch.rejects[..] else {
            panic!("two rejects")
        };
        assert_eq!((hat.row, hat.reasons.len()), (3, 1));
        assert_eq!((scarf.row, scarf.reasons.len()), (4, 2));
        assert!(scarf.reasons[0].contains("7 EUR"));
    }

    #[test]
    fn a_later_run_goes_on_behind_the_rows_already_done() {
        let rest: Vec<_> = batches(100).skip_to(4).collect();
        assert_eq!(rest.len(), 1);
        assert_eq!(rest[0].drafts[0].name, "Sock");
        assert_eq!(batches(1).skip_to(5).count(), 0);
    }

    #[test]
    fn of_several_rows_of_one_product_the_last_one_counts() {
        let feed = "id,name,price\na,Cup,1\nb,Jug,2\na,Mug,3\nc,Pan,4\n";
        let rules = Rules {
            mapping: Mapping::plain(),
            currency: "USD".into(),
            exponent: 2,
        };
        let all: Vec<_> = Batches::new(from_reader(feed.as_bytes(), Format::Csv).unwrap(), rules, 100).collect();
        assert_eq!((all.len(), all[0].last_row), (1, 4));
        let names: Vec<_> = all[0].drafts.iter().map(|draft| &*draft.name).collect();
        assert_eq!(names, ["Mug", "Jug", "Pan"]);
    }

    #[test]
    fn a_group_that_comes_again_begins_a_batch_so_that_it_updates_the_earlier_one() {
        let feed = "id\titem_group_id\ttitle\tprice\n1\tg\tShirt\t1 USD\n2\th\tHat\t1 USD\n3\tg\tShirt\t1 USD\n";
        let rules = Rules {
            mapping: Mapping::google(),
            currency: "USD".into(),
            exponent: 2,
        };
        let open = || Batches::new(from_reader(feed.as_bytes(), Format::Tsv).unwrap(), rules.clone(), 100);
        let outline = |batch: &Batch| (batch.drafts.len(), batch.last_row);
        assert_eq!(
            open().map(|batch| outline(&batch)).collect::<Vec<_>>(),
            [(2, 2), (1, 3)]
        );
        assert_eq!(
            open().skip_to(2).map(|batch| outline(&batch)).collect::<Vec<_>>(),
            [(1, 3)]
        );
    }

    #[test]
    fn an_empty_feed_has_no_batches() {
        let rules = Rules {
            mapping: Mapping::plain(),
            currency: "USD".into(),
            exponent: 2,
        };
        let records = from_reader(&b"id,name\n"[..], Format::Csv).unwrap();
        assert_eq!(Batches::new(records, rules, 10).count(), 0);
    }
}
