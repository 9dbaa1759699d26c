//! Stories of experiments, on SQLite and PostgreSQL.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    db::begin_write,
    error::ProblemCode,
    events::{Attribution, Event, EventKind, append},
    merchandising::Placement,
    testing::{Market, problems},
    viewer::Admin,
};
use chrono::TimeDelta;
use sea_orm::PaginatorTrait;
use std::time::Duration;

fn arm(name: &str) -> Arm {
    Arm {
        name: name.into(),
        weight: 1,
        tuning: Tuning::default(),
    }
}

fn plan(name: &str, placement: Placement) -> Plan {
    Plan {
        name: name.into(),
        hypothesis: String::new(),
        placements: vec![placement],
        design: Design::Split,
        arms: vec![arm("As it is"), arm("Varied")],
        share: 1.0,
        exploration: USUAL_EXPLORATION,
        metric: Metric::ClickThrough,
        planned_people: 10_000,
        alpha: 0.05,
        guardrails: Guardrails::default(),
    }
}

fn named(name: &str) -> PlanPatch {
    PlanPatch {
        name: Some(name.into()),
        ..PlanPatch::default()
    }
}

fn person(number: u128) -> Person {
    Person(Uuid::from_u128(number))
}

/// What somebody did so many minutes after the experiment began, in a list of an arm.
fn act(experiment: &Experiment, who: u128, minutes: i64, kind: EventKind, arm: Option<usize>) -> Event {
    let at = experiment.started_at.unwrap() + TimeDelta::minutes(minutes);
    Event {
        attribution: arm.map(|arm| Attribution {
            list: Uuid::now_v7(),
            kind: "CART".into(),
            position: 1,
            model: "g1.1".into(),
            arm: Some(experiment.label(arm)),
            propensity: 1.0,
        }),
        subject: Some(Uuid::from_u128(1)),
        ..Event::new(person(who), kind, at.timestamp_millis())
    }
}

fn paid(experiment: &Experiment, who: u128, minutes: i64, amount: i64) -> Event {
    Event {
        amount: Some(amount),
        quantity: Some(1),
        basket: Some(Uuid::now_v7()),
        ..act(experiment, who, minutes, EventKind::Purchase, None)
    }
}

async fn told(market: &Market, events: &[Event]) {
    let tx = begin_write(market.shop.db()).await.unwrap();
    let now = market.shop.now();
    append(&tx, market.shop.event_parts(), now, events).await.unwrap();
    tx.commit().await.unwrap();
}

fn exposed(market: &Market, experiment: &Experiment, who: u128, arm: usize) {
    market.shop.experiments().exposed(Exposure {
        experiment: experiment.id,
        person: person(who),
        arm,
        at: experiment.started_at.unwrap(),
    });
}

async fn running(market: &Market, plan: Plan) -> Experiment {
    let experiments = Admin::operator(&market.shop).experiments();
    let made = experiments.create(plan).await.unwrap();
    experiments.start(made.id).await.unwrap()
}

#[tokio::test]
async fn an_experiment_is_drafted_run_once_and_stopped() {
    for market in &Market::each().await {
        let experiments = Admin::operator(&market.shop).experiments();
        let draft = experiments.create(plan("First", Placement::Cart)).await.unwrap();
        let changed = experiments.update(draft.id, named("Better")).await.unwrap();
        assert_eq!((changed.plan.name.as_str(), changed.is_running()), ("Better", false));
        assert_eq!(
            problems(experiments.stop(draft.id).await),
            [("id".to_owned(), ProblemCode::IllegalState)]
        );
        let other = experiments.create(plan("Second", Placement::Cart)).await.unwrap();
        let runs = experiments.start(draft.id).await.unwrap();
        assert!(runs.is_running());
        assert_eq!(
            problems(experiments.start(other.id).await),
            [("id".to_owned(), ProblemCode::IllegalState)]
        );
        let illegal = [("id".to_owned(), ProblemCode::IllegalState)];
        assert_eq!(problems(experiments.start(draft.id).await), illegal);
        assert_eq!(problems(experiments.delete(draft.id).await), illegal);
        assert_eq!(problems(experiments.update(draft.id, named("Late")).await), illegal);
        market.shop.experiments().refresh().await.unwrap();
        assert_eq!(*market.shop.experiments().current(), *std::slice::from_ref(&runs));
        let stopped = experiments.stop(draft.id).await.unwrap();
        assert!(!stopped.is_running() && stopped.started_at.is_some());
        experiments.start(other.id).await.unwrap();
        assert_eq!(experiments.list().await.unwrap().len(), 2);
        experiments.delete(draft.id).await.unwrap();
        assert!(matches!(experiments.find(draft.id).await, Err(ShopError::NotFound)));
    }
}

#[tokio::test]
async fn a_plan_tells_what_is_wrong_with_its_arms() {
    let markets = Market::each().await;
    let market = markets.first().unwrap();
    let experiments = Admin::operator(&market.shop).experiments();
    let heavy = Arm {
        weight: 2,
        tuning: Tuning {
            text_weight: Some(1.0),
            diversity: Some(2.0),
            ..Tuning::default()
        },
        ..arm("Varied")
    };
    let drafted = Plan {
        design: Design::Interleaved,
        arms: vec![arm("As it is"), heavy],
        ..plan("Try", Placement::Cart)
    };
    assert_eq!(
        problems(experiments.create(drafted).await),
        [
            ("arms.1.weight".to_owned(), ProblemCode::Invalid),
            ("arms.1.tuning.imageWeight".to_owned(), ProblemCode::Required),
            ("arms.1.tuning.diversity".to_owned(), ProblemCode::OutOfRange),
        ]
    );
}

#[tokio::test]
async fn what_people_do_is_added_up_by_person_and_arm() {
    for market in &Market::each().await {
        let experiment = running(market, plan("Try", Placement::Cart)).await;
        market.clock.forward(TimeDelta::hours(3));
        for (who, arm) in [(1, 0), (2, 0), (3, 1), (3, 0)] {
            exposed(market, &experiment, who, arm);
        }
        market.shop.experiments().write().await.unwrap();
        // Once more, as by another process.
        exposed(market, &experiment, 1, 0);
        market.shop.experiments().write().await.unwrap();
        let see = |who, minutes, arm| act(&experiment, who, minutes, EventKind::Impression, Some(arm));
        let click = |who, minutes, arm| act(&experiment, who, minutes, EventKind::Click, Some(arm));
        let events = [
            act(&experiment, 1, -5, EventKind::Click, Some(0)),
            see(1, 0, 0),
            see(1, 1, 0),
            click(1, 2, 0),
            paid(&experiment, 1, 40, 1_500),
            paid(&experiment, 1, 41, 500),
            see(2, 1, 0),
            click(2, 2, 1),
            see(3, 1, 1),
            click(3, 2, 1),
            act(&experiment, 3, 3, EventKind::Click, None),
            act(&experiment, 4, 3, EventKind::Click, Some(0)),
        ];
        told(market, &events).await;
        let found = Admin::operator(&market.shop)
            .experiments()
            .outcomes(&experiment)
            .await
            .unwrap();
        let [control, varied] = found.arms[..] else {
            panic!("{found:?}")
        };
        assert_eq!(
            (control.people, control.orders, varied.people, varied.orders),
            (2, 2, 1, 0)
        );
        let clicks = PairSums {
            numerator: 1.0,
            denominator: 3.0,
            numerator_squared: 1.0,
            denominator_squared: 5.0,
            product: 2.0,
        };
        assert_eq!(
            control.clicks, clicks,
            "neither before the first list nor of another arm"
        );
        assert_eq!((control.buyers.numerator, control.buyers.denominator), (1.0, 2.0));
        // The first person's purchase, 38 minutes after their click, began another session.
        let revenue = PairSums {
            numerator: 2_000.0,
            denominator: 3.0,
            numerator_squared: 4_000_000.0,
            denominator_squared: 5.0,
            product: 4_000.0,
        };
        assert_eq!(control.revenue, revenue);
        assert_eq!((varied.clicks.numerator, varied.clicks.denominator), (1.0, 1.0));
        assert_eq!(found.preference, None);
    }
}

#[tokio::test]
async fn drafted_lists_tell_whose_products_are_clicked_more() {
    for market in &Market::each().await {
        let design = Plan {
            design: Design::Interleaved,
            ..plan("Draft", Placement::Viewer)
        };
        let experiment = running(market, design).await;
        market.clock.forward(TimeDelta::hours(3));
        (1..=4).for_each(|who| exposed(market, &experiment, who, 0));
        market.shop.experiments().write().await.unwrap();
        let click = |who, arm| act(&experiment, who, 5, EventKind::Click, arm);
        let events = [
            click(1, Some(0)),
            click(1, Some(1)),
            click(1, Some(1)),
            click(2, Some(0)),
            click(3, Some(0)),
            click(3, Some(1)),
            click(4, None),
        ];
        told(market, &events).await;
        let found = Admin::operator(&market.shop)
            .experiments()
            .outcomes(&experiment)
            .await
            .unwrap();
        let expected = Preference {
            control: 1,
            other: 1,
            ties: 1,
        };
        assert_eq!(found.preference, Some(expected));
    }
}

#[tokio::test]
async fn what_arms_would_have_earned_is_estimated_from_places_given_by_lot() {
    for market in &Market::each().await {
        let drawn = Plan {
            design: Design::Explored,
            ..plan("Try", Placement::Cart)
        };
        let experiment = running(market, drawn).await;
        for who in [1, 2, 3] {
            exposed(market, &experiment, who, 0);
        }
        market.shop.experiments().write().await.unwrap();
        let seen = |who, kind, arms, chance| {
            let mut event = act(&experiment, who, 1, kind, Some(arms));
            event.attribution = event.attribution.map(|place| Attribution {
                propensity: chance,
                ..place
            });
            event
        };
        use EventKind::{Click, Impression};
        let events = [
            // Both arms would have put it there, …
            seen(1, Impression, 0b11, 1.0),
            seen(1, Click, 0b11, 1.0),
            // … the control alone, …
            seen(1, Impression, 0b01, 0.5),
            seen(2, Impression, 0b01, 0.5),
            // … and the other arm alone.
            seen(2, Impression, 0b10, 0.25),
            seen(2, Click, 0b10, 0.25),
            paid(&experiment, 3, 2, 500),
        ];
        market.clock.forward(TimeDelta::hours(3));
        told(market, &events).await;
        let found = Admin::operator(&market.shop)
            .experiments()
            .outcomes(&experiment)
            .await
            .unwrap();
        assert_eq!(found.preference, None);
        let clicks = found
            .arms
            .iter()
            .map(|arm| (arm.people, arm.clicks.numerator, arm.clicks.denominator));
        assert_eq!(clicks.collect::<Vec<_>>(), [(3, 1.0, 5.0), (3, 5.0, 5.0)]);
        let other = found.arms[1].clicks;
        assert_eq!(
            (other.numerator_squared, other.denominator_squared, other.product),
            (17.0, 17.0, 17.0)
        );
        assert_eq!(found.arms[0].orders, 1);
    }
}

#[tokio::test]
async fn costs_add_up_and_what_is_gone_is_not_written() {
    for market in &Market::each().await {
        let (shop, experiment) = (&market.shop, running(market, plan("Try", Placement::Cart)).await);
        for (millis, has_failed) in [(2, false), (4, true)] {
            let took = Duration::from_millis(millis);
            shop.experiments()
                .served(Served::one(experiment.id, 1, took, has_failed));
            shop.experiments().write().await.unwrap();
        }
        let experiments = Admin::operator(shop).experiments();
        let found = experiments.outcomes(&experiment).await.unwrap();
        let varied = found.arms[1];
        assert_eq!((varied.lists, varied.failures), (2, 1));
        assert!((varied.micros - 6_000.0).abs() < 1e-6 && (varied.micros_squared - 20_000_000.0).abs() < 1e-3);
        exposed(market, &experiment, 1, 0);
        shop.experiments()
            .served(Served::one(experiment.id, 0, Duration::ZERO, false));
        experiments.stop(experiment.id).await.unwrap();
        experiments.delete(experiment.id).await.unwrap();
        shop.experiments().write().await.unwrap();
        assert_eq!(experiment_exposure::Entity::find().count(shop.db()).await.unwrap(), 0);
        assert_eq!(experiment_figure::Entity::find().count(shop.db()).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn nothing_is_kept_of_who_wants_no_part_in_it() {
    use crate::accounts::{LogIn, NewAccount, Role};
    for market in &Market::each().await {
        let (shop, experiment) = (&market.shop, running(market, plan("Try", Placement::Cart)).await);
        let (email, password) = ("ada@example.com", "correct horse battery");
        let account = NewAccount {
            email: email.into(),
            password: password.into(),
            name: "Ada".into(),
        };
        shop.accounts()
            .create_user_with_role(account, Role::Customer)
            .await
            .unwrap();
        let log_in = LogIn {
            email: email.into(),
            password: password.into(),
            address: None,
            user_agent: None,
        };
        let token = shop.accounts().log_in(log_in).await.unwrap().access.token;
        let viewer = shop.accounts().authenticate(Some(&token)).await.unwrap();
        let customer = viewer.customer().unwrap();
        let ada = viewer.user().unwrap().id.0.as_u128();
        let left = async || experiment_exposure::Entity::find().count(shop.db()).await.unwrap();
        [1, ada]
            .into_iter()
            .for_each(|who| exposed(market, &experiment, who, 0));
        shop.experiments().write().await.unwrap();
        assert_eq!(left().await, 2);
        shop.events().set_do_not_track(&customer, true).await.unwrap();
        assert_eq!(left().await, 1);
        let again = running(market, plan("Again", Placement::Viewer)).await;
        [1, ada].into_iter().for_each(|who| exposed(market, &again, who, 0));
        shop.experiments().write().await.unwrap();
        assert_eq!(left().await, 2, "of the other one alone");
        shop.events().set_do_not_track(&customer, false).await.unwrap();
        exposed(market, &again, ada, 0);
        shop.events().erase(&customer).await.unwrap();
        // As whoever follows the changes does, on each node.
        let now = shop.now().timestamp_millis();
        shop.experiments()
            .forget(Person(customer.user().id.0), now)
            .await
            .unwrap();
        shop.experiments().write().await.unwrap();
        assert_eq!(left().await, 2, "what was noted before and not written is gone too");
    }
}
