//! What is evaluated: the engine as it serves, told all or a part of what it knows, and two plain
//! references beside it.

use super::{run::Side, vectors::Vectors};
use reco_actors::eval::protocol::Protocol;
use reco_actors::{ScoreMode, Weights};
use serde::Serialize;
use std::collections::BTreeMap;

/// A system with its settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct System {
    pub(crate) name: String,
    pub(crate) about: &'static str,
    pub(crate) model: Model,
    /// By which models, of those that are compared; 0 for the shop's own.
    pub(crate) side: usize,
}

/// What makes its lists.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) enum Model {
    /// What most was done with, the same for everybody.
    Popular,
    /// Co-visitation by itself.
    CoVisitation,
    /// The engine.
    Engine(Engine),
    /// Its search box.
    Search(Asking),
}

/// By what a question in words is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Asking {
    Words,
    Meaning,
    Both,
}

/// What the engine is told, and how it weighs that; `None` leaves it its own default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Engine {
    pub(crate) acts: bool,
    pub(crate) vectors: bool,
    /// Weight of pictures beside texts.
    pub(crate) image: Option<f32>,
    pub(crate) is_calibrated: Option<bool>,
    /// Share of what people do.
    pub(crate) behaviour: Option<f32>,
}

impl Engine {
    pub(crate) fn weights(&self) -> Option<Weights> {
        self.image.and_then(|image| Weights::new(1.0 - image, image).ok())
    }

    pub(crate) fn mode(&self) -> Option<ScoreMode> {
        self.is_calibrated
            .map(|is| if is { ScoreMode::Calibrated } else { ScoreMode::Raw })
    }
}

impl System {
    fn of(name: &str, about: &'static str, model: Model) -> Self {
        Self {
            name: name.to_owned(),
            about,
            model,
            side: 0,
        }
    }

    /// Whether it needs a model of texts, and one of pictures.
    pub(crate) fn needs(&self) -> [bool; 2] {
        match &self.model {
            Model::Popular | Model::CoVisitation => [false, false],
            Model::Engine(engine) => [Some(1.0), Some(0.0)].map(|without| engine.vectors && engine.image != without),
            Model::Search(asking) => [*asking != Asking::Words, false],
        }
    }

    /// What it is set to, where that is not its default.
    pub(crate) fn settings(&self) -> BTreeMap<String, String> {
        let Model::Engine(engine) = &self.model else {
            return BTreeMap::new();
        };
        let told = [
            ("image_weight", engine.image.map(|image| format!("{image:.2}"))),
            (
                "mode",
                engine
                    .is_calibrated
                    .map(|is| if is { "calibrated" } else { "raw" }.to_owned()),
            ),
            ("behaviour", engine.behaviour.map(|share| format!("{share:.2}"))),
        ];
        let told = told
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        told.collect()
    }
}

const CONTENT: Engine = Engine {
    acts: false,
    vectors: true,
    image: None,
    is_calibrated: None,
    behaviour: None,
};
const ALL: Engine = Engine { acts: true, ..CONTENT };

/// All that can be asked of what is known of the items, weakest first.
pub(crate) fn all(protocol: Protocol, sides: &[Side]) -> Vec<System> {
    let vectors = &sides[0].vectors;
    if protocol == Protocol::Search {
        return search(vectors);
    }
    let mut systems = own(protocol, vectors);
    for (side, of) in sides.iter().enumerate().skip(1) {
        let [_, Some(model)] = of.ids() else { continue };
        let with = |system: &System| System {
            name: format!("{}:{model}", system.name),
            side,
            ..system.clone()
        };
        let seeing = systems.iter().filter(|system| system.side == 0);
        let seeing = seeing.filter(|system| ["image", "hybrid"].contains(&system.name.as_str()));
        let others: Vec<System> = seeing.map(with).collect();
        systems.extend(others);
    }
    systems
}

fn own(protocol: Protocol, vectors: &Vectors) -> Vec<System> {
    let is_people = protocol != Protocol::Similar;
    let (texts, pictures) = (vectors.has_texts(), vectors.has_pictures());
    let mut systems = Vec::new();
    if is_people {
        let popular = "what most was done with, the same for everybody";
        systems.push(System::of("popular", popular, Model::Popular));
        if protocol != Protocol::Cold {
            let about = "co-visitation alone: what people went on to";
            systems.push(System::of("covisitation", about, Model::CoVisitation));
            let engine = Engine { vectors: false, ..ALL };
            let about = "the engine without texts and pictures";
            systems.push(System::of("behaviour", about, Model::Engine(engine)));
        }
    }
    let content = |name, about, image, is_calibrated| {
        let engine = Engine {
            image,
            is_calibrated,
            ..CONTENT
        };
        System::of(name, about, Model::Engine(engine))
    };
    if texts {
        systems.push(content("text", "the engine by texts alone", Some(0.0), None));
    }
    if pictures {
        systems.push(content("image", "the engine by pictures alone", Some(1.0), None));
    }
    if texts && pictures {
        systems.push(content(
            "hybrid",
            "texts and pictures, .7 and .3, cosines as they are",
            Some(0.3),
            Some(false),
        ));
        let about = "the same with each modality's mean taken off";
        systems.push(content("calibrated", about, Some(0.3), Some(true)));
    }
    if is_people && (texts || pictures) {
        systems.push(System::of(
            "all",
            "the engine as it serves: what people do and what items are",
            Model::Engine(ALL),
        ));
    }
    systems
}

fn search(vectors: &Vectors) -> Vec<System> {
    let words = System::of("words", "the search box by words alone", Model::Search(Asking::Words));
    let mut systems = vec![words];
    if vectors.has_texts() {
        let about = "by the meaning of the question alone";
        systems.push(System::of("meaning", about, Model::Search(Asking::Meaning)));
        let about = "as the shop searches: words and meaning";
        systems.push(System::of("both", about, Model::Search(Asking::Both)));
    }
    systems
}
