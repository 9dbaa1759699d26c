//! Settings chosen on the validation split: each system that has any gets the same number of tries.

use super::systems::{Engine, Model, System};
use reco_actors::eval::Random;

/// A system that can be tuned, and settings to try, the default first.
pub(crate) struct Tunable {
    pub(crate) system: System,
    pub(crate) tries: Vec<System>,
}

/// Steps of a weight: finer ones cannot be told apart on data sets of this size.
const STEPS: u64 = 20;

/// The tunable ones among systems, each with `tries` settings drawn by the seed.
pub(crate) fn tunable(systems: &[System], tries: usize, has_pictures: bool, seed: u64) -> Vec<Tunable> {
    let found = systems.iter().filter_map(|system| {
        let Model::Engine(engine) = &system.model else {
            return None;
        };
        let is_mixed = engine.vectors && (engine.acts || system.name == "hybrid") && system.side == 0;
        is_mixed.then(|| Tunable {
            system: system.clone(),
            tries: drawn(system, *engine, (tries, has_pictures), seed),
        })
    });
    found.collect()
}

fn drawn(system: &System, engine: Engine, (tries, has_pictures): (usize, bool), seed: u64) -> Vec<System> {
    let mut random = Random::new(seed);
    let mut share = || random.below(STEPS + 1) as f32 / STEPS as f32;
    let mut all: Vec<System> = vec![system.clone()];
    // Few settings there may be: that many draws bring out nearly all of them.
    for _ in 0..tries * 20 {
        if all.len() >= tries {
            break;
        }
        let (image, behaviour, mode) = (share(), share(), share());
        let engine = Engine {
            image: has_pictures.then_some(image),
            behaviour: engine.acts.then_some(behaviour),
            is_calibrated: Some(mode < 0.5),
            ..engine
        };
        let drawn = System {
            model: Model::Engine(engine),
            ..system.clone()
        };
        if !all.contains(&drawn) {
            all.push(drawn);
        }
    }
    all
}

/// The same system under a name that says so.
pub(crate) fn chosen(system: &System) -> System {
    System {
        name: format!("{}-tuned", system.name),
        about: "the same, its weights chosen on the validation split",
        ..system.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tunable_system_gets_as_many_different_tries_its_default_first() {
        let engine = |acts| Engine {
            acts,
            vectors: true,
            ..Engine::default()
        };
        let system = |name: &str, model| System {
            name: name.to_owned(),
            about: "",
            model,
            side: 0,
        };
        let systems = [
            system("popular", Model::Popular),
            system("text", Model::Engine(engine(false))),
            system("hybrid", Model::Engine(engine(false))),
            system("all", Model::Engine(engine(true))),
        ];
        let tunable = tunable(&systems, 8, true, 7);
        let names: Vec<&str> = tunable.iter().map(|one| one.system.name.as_str()).collect();
        assert_eq!(names, ["hybrid", "all"]);
        for one in &tunable {
            assert_eq!((one.tries.len(), &one.tries[0]), (8, &one.system));
            let different = (0..8).all(|a| (a + 1..8).all(|b| one.tries[a] != one.tries[b]));
            assert!(different, "{:?}", one.tries);
        }
        assert_eq!(chosen(&systems[3]).name, "all-tuned");
    }
}
