//! What one item is tied to: bounded, the strongest kept.

/// Ties by target; at most twice as many as wanted, so that a new one has time to grow strong before
/// the weakest go.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row(Vec<(u32, f32)>);

impl Row {
    /// Ties as [`Self::iter`] gave them, among so many items; `None` when they are not.
    pub(super) fn of(ties: Vec<(u32, f32)>, items: usize) -> Option<Self> {
        let is_sorted = ties.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let is_known = ties.last().is_none_or(|tie| (tie.0 as usize) < items);
        (is_sorted && is_known).then_some(Self(ties))
    }

    /// Strengthens a tie.
    pub(super) fn add(&mut self, target: u32, by: f32, most: usize) {
        match self.0.binary_search_by_key(&target, |tie| tie.0) {
            Ok(at) => self.0[at].1 += by,
            Err(at) => {
                self.0.insert(at, (target, by));
                if self.0.len() > 2 * most {
                    self.prune(most);
                }
            }
        }
    }

    fn prune(&mut self, most: usize) {
        self.0.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        self.0.truncate(most);
        self.0.sort_unstable_by_key(|tie| tie.0);
    }

    pub(super) fn get(&self, target: u32) -> Option<f32> {
        let at = self.0.binary_search_by_key(&target, |tie| tie.0).ok()?;
        Some(self.0[at].1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, f32)> {
        self.0.iter().copied()
    }

    pub(super) fn scale(&mut self, by: f32) {
        self.0.iter_mut().for_each(|tie| tie.1 *= by);
    }
}
