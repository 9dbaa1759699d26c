//! Two lists for the same history as one: a convex combination of scores, each normalised by its
//! best (Bruch, Gai and Ingber, TOIS 2023), with the causes of both.

use super::Next;
use crate::ItemId;
use foldhash::HashMap;

/// Of `share` the second, of the rest the first; one that is empty leaves all to the other. Best first,
/// ties by id; scores and what they are because of keep adding up.
#[must_use]
pub fn mixed(first: Vec<Next>, second: Vec<Next>, share: f32) -> Vec<Next> {
    if second.is_empty() || share <= 0.0 {
        return first;
    }
    if first.is_empty() || share >= 1.0 {
        return second;
    }
    let mut mixed: HashMap<ItemId, Next> = HashMap::default();
    for (list, share) in [(first, 1.0 - share), (second, share)] {
        let most = list.iter().map(|next| next.score).fold(f32::MIN_POSITIVE, f32::max);
        for next in list {
            let sum = mixed.entry(next.item).or_insert_with(|| Next {
                item: next.item,
                score: 0.0,
                because: Vec::new(),
            });
            sum.score += share * next.score / most;
            for (cause, adds) in next.because {
                let adds = share * adds / most;
                match sum.because.iter_mut().find(|(known, _)| *known == cause) {
                    Some((_, all)) => *all += adds,
                    None => sum.because.push((cause, adds)),
                }
            }
        }
    }
    let mut list: Vec<Next> = mixed.into_values().collect();
    for next in &mut list {
        next.because.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    }
    list.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.item.cmp(&b.item)));
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(number: u128) -> ItemId {
        ItemId(Uuid::from_u128(number))
    }

    fn next(item: u128, because: &[(u128, f32)]) -> Next {
        Next {
            item: id(item),
            score: because.iter().map(|(_, adds)| adds).sum(),
            because: because.iter().map(|(cause, adds)| (id(*cause), *adds)).collect(),
        }
    }

    #[test]
    fn each_counts_by_its_share_and_causes_are_those_of_both() {
        let first = vec![next(1, &[(9, 3.0), (8, 1.0)]), next(2, &[(9, 2.0)])];
        let second = vec![next(3, &[(8, 10.0)]), next(1, &[(8, 5.0)])];
        let list = mixed(first.clone(), second.clone(), 0.5);
        let scores: Vec<(ItemId, f32)> = list.iter().map(|next| (next.item, next.score)).collect();
        assert_eq!(scores, [(id(1), 0.75), (id(3), 0.5), (id(2), 0.25)]);
        assert_eq!(list[0].because, [(id(8), 0.375), (id(9), 0.375)]);
        assert_eq!(mixed(first.clone(), Vec::new(), 0.5), first);
        assert_eq!(mixed(Vec::new(), second.clone(), 0.5), second);
    }
}
