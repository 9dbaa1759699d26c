//! Events of the shop as the models take them.

use reco_actors::{
    ItemId,
    models::{Act, Deed, PersonId},
};
use shop::events::{Event, EventKind};

/// What events say to the models, in their order. Those of one basket, which come together, are
/// one act; of those that models have no use for there is none.
#[must_use]
pub fn acts_of(events: &[Event]) -> Vec<Act> {
    let same = |a: &Event, b: &Event| a.basket.is_some() && a.basket == b.basket && a.person == b.person;
    events.chunk_by(same).filter_map(act_of).collect()
}

fn act_of(events: &[Event]) -> Option<Act> {
    let event = events.first()?;
    let item = event.product().map(|id| ItemId(id.0));
    let deed = match event.kind {
        EventKind::View => Deed::Viewed(item?, event.dwell_ms.and_then(|dwell| u32::try_from(dwell).ok())),
        EventKind::Click => Deed::Chose(item?),
        EventKind::AddToCart => Deed::Added(item?),
        EventKind::RemoveFromCart => Deed::Removed(item?),
        EventKind::Purchase => Deed::Bought(
            events
                .iter()
                .filter_map(|one| one.product())
                .map(|id| ItemId(id.0))
                .collect(),
        ),
        EventKind::Review => Deed::Reviewed(item?, event.quantity.and_then(|stars| u8::try_from(stars).ok())?),
        EventKind::LogIn => Deed::Became(PersonId(event.subject?)),
        EventKind::OptOut => Deed::Left,
        EventKind::Search | EventKind::Impression => return None,
    };
    Some(Act {
        person: PersonId(event.person.0),
        at_ms: event.at_ms,
        deed,
    })
}
