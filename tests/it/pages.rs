//! Pages as pictures, and the demo documents as files to look at.

use std::path::Path;

use crate::http::Api;
use crate::program::run;
use serde_json::{Value, json};
use tempfile::tempdir;
use tillpost::app::{Kind, pictures, render_alone};
use tillpost::wire::InputFile;

fn demo(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/demo/{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn drawn(document: &Value) -> Result<Vec<u8>, tillpost::app::Error> {
    let InputFile::Document(file) = InputFile::read(document.to_string().as_bytes())? else { panic!() };
    Ok(render_alone(*file)?.pdf)
}

/// Width and height of a PNG file, and the share of its points that are not white.
fn looked_at(file: &[u8]) -> (u32, u32, f64) {
    let picture = image::load_from_memory(file).unwrap().into_luma8();
    let inked = picture.pixels().filter(|p| p.0[0] < 250).count();
    (picture.width(), picture.height(), inked as f64 / f64::from(picture.width() * picture.height()))
}

#[test]
fn a_page_is_shown_as_it_is_printed() {
    let pdf = drawn(&demo("invoice")).unwrap();
    let pages = pictures(&pdf, None, 72).unwrap();
    assert_eq!(pages.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2]);
    for (number, file) in &pages {
        let (width, height, ink) = looked_at(file);
        assert!((594..=597).contains(&width) && (841..=843).contains(&height), "{width} by {height}");
        assert!(ink > 0.01 && ink < 0.4, "page {number}: {ink}");
    }
    let fine = pictures(&pdf, Some(2), 144).unwrap();
    assert_eq!(fine.len(), 1);
    assert!(looked_at(&fine[0].1).0 > 1188);
    let error = pictures(&pdf, Some(3), 72).unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
    assert!(error.to_string().contains("the document has 2"), "{error}");
}

#[test]
fn a_broken_photo_is_named_by_its_place() {
    let mut card = demo("job-card");
    card["job"]["photos"][1]["image"] = json!("aGVsbG8=");
    let error = drawn(&card).unwrap_err().to_string();
    assert!(error.contains("job.photos[1].image"), "{error}");
    card["job"]["photos"][1]["image"] = json!("not base 64!");
    let error = drawn(&card).unwrap_err().to_string();
    assert!(error.contains("job.photos[1].image"), "{error}");
}

#[test]
fn what_cannot_be_drawn_is_named_by_its_field() {
    let mut card = demo("job-card");
    card["lines"][1]["description"] = json!("Tea 茶");
    card["mail"] = json!({ "to": ["a@b.example"], "subject": "茶" });
    let error = drawn(&card).unwrap_err();
    assert_eq!(error.field(), Some("lines[1].description"), "{error}");
    let mut card = demo("job-card");
    card["job"]["accessories"][0] = json!("か\u{3099}");
    assert_eq!(drawn(&card).unwrap_err().field(), Some("job.accessories[0]"), "composed as it is printed");
    let mut card = demo("job-card");
    card["language"] = json!("tlh");
    assert_eq!(drawn(&card).unwrap_err().field(), Some("language"));
    let mut card = demo("job-card");
    card["signatures"][0]["image"] = json!("aGVsbG8=");
    let error = drawn(&card).unwrap_err().to_string();
    assert!(error.contains("The signature signatures[0].image"), "{error}");
}

#[test]
fn the_gallery_holds_every_kind_on_its_paper() {
    let folder = tempdir().unwrap();
    let place = folder.path().join("new/gallery");
    run(folder.path(), &["gallery", place.to_str().unwrap(), "--png", "--dpi", "36"]).ok();
    let names: Vec<String> =
        std::fs::read_dir(&place).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    for kind in [
        "invoice",
        "credit-note",
        "receipt",
        "job-card",
        "offer",
        "sales-order",
        "purchase-order",
        "delivery-note",
        "report",
        "notification",
    ] {
        assert!(names.contains(&format!("{kind}.pdf")), "{kind}: {names:?}");
        let picture = std::fs::read(place.join(format!("{kind}-1.png"))).unwrap();
        assert!(looked_at(&picture).2 > 0.005, "{kind}");
    }
    let (width, height, _) = looked_at(&std::fs::read(place.join("receipt-1.png")).unwrap());
    assert!(height > width && width < 120, "a roll: {width} by {height}");
}

#[tokio::test(flavor = "multi_thread")]
async fn screens_get_pages_as_pictures() {
    let api = Api::start().await;
    let drawn = api.post("/documents/preview/pages/2?dpi=72", demo("invoice")).await.is(200);
    assert_eq!(drawn.header("content-type"), Some("image/png"));
    assert!(looked_at(&drawn.body).2 > 0.01);
    assert_eq!(api.post("/documents/preview/pages/9", demo("invoice")).await.is(404).key(), "not_found");
    let mut receipt = demo("receipt");
    receipt.as_object_mut().unwrap().remove("mail");
    let issued = api.post("/documents", receipt).await.is(201).json();
    let pages = format!("/documents/receipt/{}/pages", issued["number"].as_str().unwrap());
    let (coarse, fine) =
        (api.get(&format!("{pages}/1?dpi=72")).await, api.get(&format!("{pages}/1?dpi=144")).await);
    let (coarse, fine) = (looked_at(&coarse.is(200).body), looked_at(&fine.is(200).body));
    assert!(fine.0.abs_diff(2 * coarse.0) <= 2 && coarse.1 > coarse.0, "{coarse:?} {fine:?}");
    assert_eq!(api.get(&format!("{pages}/2")).await.is(404).key(), "not_found");
    assert_eq!(api.get(&format!("{pages}/0")).await.is(404).key(), "not_found");
    assert_eq!(api.get(&format!("{pages}/1?dpi=9999")).await.is(422).key(), "bad_input");
    assert_eq!(api.get(&format!("{pages}/one")).await.is(404).key(), "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drawn_logo_comes_back_as_what_it_is() {
    let api = Api::start().await;
    api.ask("PUT", "/shop", Some(&json!({ "name": "Shop" }))).await;
    let auth = format!("Bearer {}", api.password);
    let drawing = include_bytes!("../../assets/demo/logo.svg");
    let headers = [("authorization", auth.as_str()), ("content-type", "image/svg+xml")];
    api.send("PUT", "/api/v1/shop/logo", &headers, drawing).await.is(204);
    let logo = api.get("/shop/logo").await.is(200);
    assert_eq!(logo.header("content-type"), Some("image/svg+xml"));
    assert!(logo.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert_eq!(logo.body, drawing);
}
