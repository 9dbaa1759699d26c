//! Which models a setting means, and what opens of those that are there.

use super::*;

#[test]
fn a_profile_is_one_setting_and_all_that_it_names_is_bundled() {
    let small = Profile::Small.image_model();
    assert_eq!(small, ImageModel::Id(Profile::Small.fallback().into()));
    assert_eq!(Profile::default().image_model(), ImageModel::Auto);
    let mut settings = ModelSettings::new(tempfile::tempdir().unwrap().path());
    let mut widths = Vec::new();
    for profile in [Profile::Small, Profile::Default, Profile::Best] {
        settings.image_model = profile.image_model();
        settings.fallback = profile.fallback().into();
        let listed = list(&settings).unwrap();
        let chosen = |model: &&ListedModel| model.is_chosen && model.id == profile.fallback();
        let model = listed.iter().find(chosen).expect("chosen where no CLIP is there");
        assert!(
            model.bytes * 4 <= 16_553_231,
            "{}: a quarter of full precision",
            model.id
        );
        widths.push(model.dim);
    }
    assert_eq!(widths, [256, 1280, 1280]);
}

#[test]
fn the_settings_of_an_image_model_are_auto_or_an_id() {
    assert_eq!("auto".parse(), Ok(ImageModel::Auto));
    assert_eq!("tinyclip-8m".parse(), Ok(ImageModel::Id("tinyclip-8m".into())));
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn with_the_runtime_the_bundled_image_model_opens_and_a_missing_text_model_does_not_hinder() {
    let models = std::env::var_os("MYSHOP_TEST_MODELS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/models"),
        PathBuf::from,
    );
    let library = std::env::var_os("ORT_DYLIB_PATH").map_or(models.join("libonnxruntime.so.1.32.0"), PathBuf::from);
    if !library.is_file() {
        assert!(
            std::env::var("MYSHOP_REQUIRE_SHARED").is_err(),
            "{} is missing",
            library.display()
        );
        eprintln!("SKIPPED: {} is missing", library.display());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let settings = ModelSettings {
        ort_dylib: Some(library),
        ..ModelSettings::new(dir.path())
    };
    let factory = open(&settings).unwrap().unwrap();
    assert_eq!(factory.image_model().unwrap().id, FALLBACK_IMAGE_MODEL);
    assert!(factory.text_model().is_none());
    assert!(factory.image().is_ok());
}
