//! The order of embedding work: interactive before bulk, near lengths together, nothing for
//! callers that have left. Pure: no actors, no threads.

use crate::{RecoError, system::Priority};
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// How far behind the oldest entry a batch looks for entries of near length.
const WINDOW: usize = 256;

/// The outcome of one input.
pub(crate) type Reply = Result<Vec<f32>, RecoError>;

/// One input with the way back to its caller.
pub(crate) struct Entry<I> {
    pub(crate) input: I,
    pub(crate) ticket: Ticket,
}

/// An input's way back, price, and share of its request's permit.
pub(crate) struct Ticket {
    cost: usize,
    /// Was in a batch that killed its encoder: the next time it goes alone.
    pub(crate) suspect: bool,
    reply: oneshot::Sender<Reply>,
    permit: Arc<OwnedSemaphorePermit>,
}

impl Ticket {
    /// Answers the caller; the permit is free before the caller knows.
    pub(crate) fn answer(self, reply: Reply) {
        drop(self.permit);
        // A caller that has left wants no answer.
        let _ = self.reply.send(reply);
    }
}

impl<I> Entry<I> {
    /// An entry and the receiver of its outcome.
    pub(crate) fn new(cost: usize, input: I, permit: &Arc<OwnedSemaphorePermit>) -> (Self, oneshot::Receiver<Reply>) {
        let (reply, receiver) = oneshot::channel();
        let ticket = Ticket {
            cost,
            suspect: false,
            reply,
            permit: Arc::clone(permit),
        };
        (Self { input, ticket }, receiver)
    }

    fn is_wanted(&self) -> bool {
        !self.ticket.reply.is_closed()
    }
}

/// Waiting inputs of one modality.
pub(crate) struct Queue<I> {
    interactive: VecDeque<Entry<I>>,
    bulk: VecDeque<Entry<I>>,
    /// Entries to be tried alone, ahead of everything.
    suspects: VecDeque<Entry<I>>,
}

impl<I> Default for Queue<I> {
    fn default() -> Self {
        Self {
            interactive: VecDeque::new(),
            bulk: VecDeque::new(),
            suspects: VecDeque::new(),
        }
    }
}

impl<I> Queue<I> {
    pub(crate) fn len(&self) -> usize {
        self.interactive.len() + self.bulk.len() + self.suspects.len()
    }

    pub(crate) fn push(&mut self, entries: Vec<Entry<I>>, priority: Priority) {
        match priority {
            Priority::Interactive => self.interactive.extend(entries),
            Priority::Bulk => self.bulk.extend(entries),
        }
    }

    /// Takes back the entries of a batch that killed its encoder.
    pub(crate) fn suspect(&mut self, entries: Vec<Entry<I>>) {
        self.suspects.extend(entries.into_iter().map(|mut entry| {
            entry.ticket.suspect = true;
            entry
        }));
    }

    /// Forgets entries whose caller has left; how many.
    pub(crate) fn prune(&mut self) -> usize {
        let before = self.len();
        for lane in [&mut self.interactive, &mut self.bulk, &mut self.suspects] {
            lane.retain(Entry::is_wanted);
        }
        before - self.len()
    }

    /// The next batch: the oldest entry of the highest priority, and those near it in cost
    /// while `dearest × size ≤ budget`. A single entry always fits. Priorities do not mix.
    pub(crate) fn next_batch(&mut self, budget: usize) -> Vec<Entry<I>> {
        if let Some(suspect) = self.suspects.pop_front() {
            return vec![suspect];
        }
        let lane = if self.interactive.is_empty() {
            &mut self.bulk
        } else {
            &mut self.interactive
        };
        let Some(head) = lane.front() else { return Vec::new() };
        let wanted = head.ticket.cost;
        let mut near: Vec<(usize, usize)> = lane
            .iter()
            .take(WINDOW)
            .map(|entry| entry.ticket.cost)
            .enumerate()
            .collect();
        near.sort_by_key(|&(at, cost)| (at != 0, cost.abs_diff(wanted), at));
        let mut dearest = 0;
        let mut chosen = Vec::new();
        for (at, cost) in near {
            let with = dearest.max(cost);
            if !chosen.is_empty() && with * (chosen.len() + 1) > budget {
                break;
            }
            dearest = with;
            chosen.push(at);
        }
        chosen.sort_unstable_by(|a, b| b.cmp(a));
        let mut batch: Vec<Entry<I>> = chosen.into_iter().filter_map(|at| lane.remove(at)).collect();
        batch.reverse();
        batch
    }

    /// Everything that waits, to be refused.
    pub(crate) fn take_all(&mut self) -> Vec<Entry<I>> {
        let mut all: Vec<Entry<I>> = self.suspects.drain(..).collect();
        all.extend(self.interactive.drain(..));
        all.extend(self.bulk.drain(..));
        all
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::sync::Semaphore;

    type Receivers = Vec<oneshot::Receiver<Reply>>;

    fn entries(costs: &[usize]) -> (Vec<Entry<usize>>, Receivers) {
        let permit = Arc::new(Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap());
        costs
            .iter()
            .enumerate()
            .map(|(at, &cost)| Entry::new(cost, at, &permit))
            .unzip()
    }

    fn inputs(batch: &[Entry<usize>]) -> Vec<usize> {
        batch.iter().map(|entry| entry.input).collect()
    }

    #[test]
    fn interactive_work_goes_ahead_of_bulk_and_they_do_not_mix() {
        let mut queue = Queue::default();
        let (bulk, _kept) = entries(&[5, 5]);
        let (interactive, _kept_too) = entries(&[5]);
        queue.push(bulk, Priority::Bulk);
        queue.push(interactive, Priority::Interactive);
        assert_eq!(queue.next_batch(100).len(), 1);
        assert_eq!(queue.next_batch(100).len(), 2);
    }

    #[test]
    fn near_lengths_go_together_and_the_oldest_entry_always_goes() {
        let mut queue = Queue::default();
        let (waiting, _kept) = entries(&[10, 200, 11, 190, 9, 12]);
        queue.push(waiting, Priority::Bulk);
        assert_eq!(inputs(&queue.next_batch(44)), [0, 2, 4]);
        assert_eq!(inputs(&queue.next_batch(44)), [1]);
        assert_eq!(inputs(&queue.next_batch(400)), [3, 5]);
    }

    #[test]
    fn work_of_callers_that_left_is_forgotten() {
        let mut queue = Queue::default();
        let (waiting, mut receivers) = entries(&[1, 1, 1]);
        queue.push(waiting, Priority::Bulk);
        drop(receivers.remove(1));
        assert_eq!(queue.prune(), 1);
        assert_eq!(inputs(&queue.next_batch(100)), [0, 2]);
    }

    #[test]
    fn suspects_are_tried_one_at_a_time_before_all_else() {
        let mut queue = Queue::default();
        let (bad, _kept) = entries(&[1, 1]);
        let (good, _kept_too) = entries(&[1]);
        queue.push(good, Priority::Interactive);
        queue.suspect(bad);
        assert!(queue.next_batch(100)[0].ticket.suspect);
        assert_eq!(queue.next_batch(100).len(), 1);
        assert!(!queue.next_batch(100)[0].ticket.suspect);
    }

    proptest! {
        #[test]
        fn every_entry_goes_exactly_once_and_no_batch_of_several_exceeds_the_budget(
            costs in prop::collection::vec(1_usize..300, 0..60), budget in 1_usize..600,
        ) {
            let mut queue = Queue::default();
            let (waiting, _kept) = entries(&costs);
            queue.push(waiting, Priority::Bulk);
            let mut seen = Vec::new();
            while queue.len() > 0 {
                let batch = queue.next_batch(budget);
                let dearest = batch.iter().map(|entry| entry.ticket.cost).max().unwrap();
                prop_assert!(batch.len() == 1 || dearest * batch.len() <= budget);
                seen.extend(inputs(&batch));
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..costs.len()).collect::<Vec<_>>());
        }
    }
}
