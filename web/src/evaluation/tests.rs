//! The command on a small shop that is written here: people who buy what goes with what they bought.

use super::*;
use reco_actors::{
    embed::{ModelInfo, fake::FakeFactory},
    eval::Random,
};
use std::{fmt::Write as _, fs};

/// People buy from one of eight shelves, now and then the next one of it.
fn shop(folder: &Path) {
    let mut random = Random::new(5);
    let mut events = String::from("person,item,at,kind\n");
    for person in 0..120 {
        let shelf = random.below(8);
        for step in 0..6 {
            let item = shelf * 10 + (person + step * step) % 10;
            let at = 1_700_000_000 + (step * 120 + person) * 7_200;
            writeln!(events, "p{person},i{item},{at},purchase").expect("a string");
        }
    }
    fs::write(folder.join("events.csv"), events).expect("written");
}

fn job(folder: &Path) -> Job {
    Job {
        data: vec![Source::At(folder.to_owned())],
        kind: None,
        protocols: vec![Protocol::Temporal, Protocol::LastItem],
        systems: Vec::new(),
        cutoffs: vec![5, 10],
        seed: 7,
        tries: 0,
        has_curves: false,
        most: None,
        label: None,
        work: folder.join("work"),
        json: Some(folder.join("eval.json")),
        html: Some(folder.join("eval.html")),
        baseline: None,
        models: None,
        others: Vec::new(),
        sizes: HashMap::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twice_the_same_to_the_byte_and_what_people_do_beats_what_is_popular() {
    let folder = tempfile::tempdir().expect("a folder");
    shop(folder.path());
    let bars = crate::progress::hidden();
    evaluate(job(folder.path()), &bars).await.expect("evaluates");
    let first = fs::read(folder.path().join("eval.json")).expect("written");
    // Nothing that was kept is used again.
    fs::remove_dir_all(folder.path().join("work")).expect("removed");
    evaluate(job(folder.path()), &bars).await.expect("evaluates");
    assert!(
        first == fs::read(folder.path().join("eval.json")).expect("written"),
        "the JSON differs"
    );

    let found: Vec<Evaluation> = serde_json::from_slice(&first).expect("an evaluation");
    assert_eq!(found.len(), 2);
    for evaluation in &found {
        let mean = |name: &str| {
            let system = evaluation.systems.iter().find(|system| system.name == name);
            system
                .and_then(|system| system.metric("ndcg", 10))
                .expect("measured")
                .mean
        };
        assert!(mean("behaviour") > 2.0 * mean("popular"), "{:?}", evaluation.systems);
        assert!(mean("covisitation") > 2.0 * mean("popular"), "{:?}", evaluation.systems);
    }
    let report = fs::read_to_string(folder.path().join("eval.html")).expect("written");
    assert!(report.contains("behaviour") && report.contains("<svg"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_with_lists_that_were_given_before() {
    let folder = tempfile::tempdir().expect("a folder");
    shop(folder.path());
    let bars = crate::progress::hidden();
    let some = Job {
        systems: vec!["popular".into()],
        ..job(folder.path())
    };
    evaluate(some, &bars).await.expect("evaluates");
    let kept = |folder: &Path| {
        let files = fs::read_dir(folder.join("work")).expect("a folder");
        files.map(|file| file.expect("a file").path()).collect::<Vec<_>>()
    };
    let before = kept(folder.path());
    assert_eq!(before.len(), 2, "one of each protocol");
    let times = |files: &[PathBuf]| -> Vec<_> {
        let time = |file: &PathBuf| fs::metadata(file).and_then(|file| file.modified()).expect("a time");
        files.iter().map(time).collect()
    };
    let written = times(&before);
    evaluate(job(folder.path()), &bars).await.expect("evaluates");
    assert_eq!(times(&before), written, "what was there is not made again");
    assert_eq!(kept(folder.path()).len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fell_behind_the_baseline_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    shop(folder.path());
    let bars = crate::progress::hidden();
    evaluate(job(folder.path()), &bars).await.expect("evaluates");
    let file = folder.path().join("eval.json");
    let again = || Job {
        json: None,
        html: None,
        baseline: Some(file.clone()),
        ..job(folder.path())
    };
    evaluate(again(), &bars).await.expect("the same is no worse");

    let mut before: Vec<Evaluation> = serde_json::from_slice(&fs::read(&file).expect("there")).expect("whole");
    let value = &mut before[0].systems[0].metrics[0].value;
    (value.mean, value.low, value.high) = (value.mean + 0.5, value.low + 0.5, value.high + 0.5);
    fs::write(&file, serde_json::to_vec(&before).expect("written")).expect("written");
    let error = evaluate(again(), &bars).await.expect_err("it fell behind");
    assert!(error.to_string().contains("worse than the baseline"), "{error:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_chosen_on_items_that_are_not_asked_for_and_models_have_sizes() {
    let folder = tempfile::tempdir().expect("a folder");
    shop(folder.path());
    let mut items = String::from("id,name,picture,label:kind\n");
    for item in 0..80_u8 {
        let colour = image::Rgb([item * 3, 255 - item, 20 * (item % 4)]);
        let file = folder.path().join(format!("{item}.png"));
        image::RgbImage::from_pixel(8, 8, colour).save(file).expect("written");
        writeln!(items, "i{item},Thing {item},{item}.png,{}", item % 4).expect("a string");
    }
    fs::write(folder.path().join("items.csv"), items).expect("written");
    let models = FakeFactory::new();
    let id = |model: Option<ModelInfo>| model.expect("a model").id;
    let sizes = [(id(models.text_model()), 7), (id(models.image_model()), 4)];
    let job = Job {
        protocols: vec![Protocol::Similar],
        tries: 4,
        models: Some(Arc::new(models)),
        sizes: HashMap::from(sizes),
        ..job(folder.path())
    };
    evaluate(job, &crate::progress::hidden()).await.expect("evaluates");
    let json = fs::read(folder.path().join("eval.json")).expect("written");
    let found: Vec<Evaluation> = serde_json::from_slice(&json).expect("an evaluation");
    assert_eq!(found[0].protocol.cases, 64, "four fifths of 80");
    let sizes: Vec<_> = (found[0].systems.iter())
        .map(|system| (system.name.as_str(), system.model_bytes))
        .collect();
    let all = [
        ("text", 7),
        ("image", 4),
        ("hybrid", 11),
        ("calibrated", 11),
        ("hybrid-tuned", 11),
    ];
    assert_eq!(sizes, all.map(|(name, size)| (name, Some(size))));
    assert_eq!(found[0].tuning.iter().filter(|trial| trial.is_chosen).count(), 1);
}

#[tokio::test]
async fn what_cannot_be_asked_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let bars = crate::progress::hidden();
    let error = evaluate(job(folder.path()), &bars).await.expect_err("an empty folder");
    assert!(error.to_string().contains("holds no data that is known"), "{error:#}");
    shop(folder.path());
    let unknown = Job {
        systems: vec!["oracle".into()],
        ..job(folder.path())
    };
    let error = evaluate(unknown, &bars).await.expect_err("no such system");
    assert!(
        error.to_string().contains("there is popular, covisitation, behaviour"),
        "{error:#}"
    );
    let similar = Job {
        protocols: vec![Protocol::Similar],
        ..job(folder.path())
    };
    let error = evaluate(similar, &bars).await.expect_err("no labels");
    assert!(error.to_string().contains("no such label"), "{error:#}");
}
