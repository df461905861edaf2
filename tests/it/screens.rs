//! The files of the screens: what is vendored, what is said in which language, and how much there is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/web")
}

/// All files below `folder` whose name ends so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What a language says, by key; forms for different numbers count as one.
fn words(path: &Path) -> BTreeMap<String, String> {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn base(key: &str) -> &str {
    [".one", ".few", ".many", ".other"].iter().find_map(|form| key.strip_suffix(form)).unwrap_or(key)
}

fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn vendored_modules_are_the_ones_that_were_looked_at() {
    let readme = fs::read_to_string(folder().join("vendor/README.md")).unwrap();
    let modules = files(&folder().join("vendor"), "js");
    assert_eq!(modules.len(), 3);
    for module in modules {
        let hash: String =
            Sha256::digest(fs::read(&module).unwrap()).iter().map(|b| format!("{b:02x}")).collect();
        let name = module.file_name().unwrap().to_str().unwrap();
        let row = readme.lines().find(|l| l.contains(&format!("`{name}`"))).unwrap();
        assert!(row.contains(&hash), "{name} is {hash}");
    }
}

/// The files of a language: the words that the first screen loads, those of papers and people, those of the settings.
const PARTS: [&str; 3] = ["", ".papers", ".settings"];

#[test]
fn every_language_says_everything_with_the_same_places() {
    let mut checked = 0;
    for part in PARTS {
        let english = words(&folder().join(format!("i18n/en{part}.json")));
        let keys: BTreeSet<&str> = english.keys().map(|k| base(k)).collect();
        for language in ["de", "fr", "it", "es", "nl", "pl"] {
            let path = folder().join(format!("i18n/{language}{part}.json"));
            let said = words(&path);
            let theirs: BTreeSet<&str> = said.keys().map(|k| base(k)).collect();
            let missing: Vec<_> = keys.symmetric_difference(&theirs).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", path.display());
            for (key, text) in &said {
                let source = english
                    .get(key)
                    .or_else(|| english.get(&format!("{}.other", base(key))))
                    .or_else(|| english.get(base(key)))
                    .unwrap();
                // The number itself may be a word: "one mail".
                let but_number =
                    |text| places(text).into_iter().filter(|p| *p != "n").collect::<BTreeSet<_>>();
                assert_eq!(but_number(text), but_number(source), "{} {key}", path.display());
                assert!(
                    !text.contains('<') || key.starts_with("chips"),
                    "markup in {} {key}",
                    path.display()
                );
                assert!(!text.trim().is_empty(), "{} {key}", path.display());
            }
            checked += 1;
        }
    }
    assert_eq!(files(&folder().join("i18n"), "json").len(), checked + PARTS.len(), "a file nobody checks");
}

/// The modules that a module loads at once, itself among them.
fn loaded_with(module: &Path, found: &mut BTreeSet<PathBuf>) {
    let module = module.canonicalize().unwrap();
    if !found.insert(module.clone()) {
        return;
    }
    let source = fs::read_to_string(&module).unwrap();
    for line in source.lines().filter(|l| l.starts_with("import ")) {
        let from = line.split('\'').nth(1).unwrap();
        if !from.contains("vendor") {
            loaded_with(&module.parent().unwrap().join(from), found);
        }
    }
}

/// The keys that a module names.
fn named(module: &Path) -> Vec<String> {
    let source = fs::read_to_string(module).unwrap();
    let calls = source.match_indices("t('").filter(|(at, _)| {
        let before = source.get(..*at).and_then(|s| s.chars().last());
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.')
    });
    let said = calls.map(|(at, found)| source[at + found.len()..].split('\'').next().unwrap().to_owned());
    // Fields and refusals are given the key of their word behind their own name.
    let second =
        ["text('", "choice('", "tick('", "field('", "number('", "need('"].into_iter().flat_map(|call| {
            source.match_indices(call).filter_map(|(at, found)| {
                let (_, rest) = source[at + found.len()..].split_once('\'')?;
                rest.strip_prefix(", '")?.split('\'').next().map(str::to_owned)
            })
        });
    said.chain(second.filter(|key| key.contains('.'))).collect()
}

#[test]
fn every_key_that_a_screen_names_is_said_where_it_is_loaded() {
    let file = |part| words(&folder().join(format!("i18n/en{part}.json")));
    let said = PARTS.map(|part| file(part).keys().map(|k| base(k).to_owned()).collect::<BTreeSet<_>>());
    let [daily, papers, settings] = &said;
    let all: BTreeSet<&String> = said.iter().flatten().collect();
    assert_eq!(all.len(), daily.len() + papers.len() + settings.len(), "a key is in two files");
    // What the router names in `papers(...)` comes with those words; nothing else does.
    let router = fs::read_to_string(folder().join("app.js")).unwrap();
    let mut everyday = BTreeSet::new();
    loaded_with(&folder().join("app.js"), &mut everyday);
    let mut with_papers = BTreeSet::new();
    for (call, is_daily) in [("import('./screens/", true), ("mailbox('", true), ("papers('", false)] {
        let found = if is_daily { &mut everyday } else { &mut with_papers };
        for (at, _) in router.match_indices(call) {
            let name = router[at + call.len()..].split(['\'', '.']).next().unwrap();
            loaded_with(&folder().join(format!("screens/{name}.js")), found);
        }
    }
    assert!(everyday.len() > 5 && with_papers.len() > 8, "{everyday:?} {with_papers:?}");
    let mut count = 0;
    for path in files(&folder(), "js").iter().filter(|p| !p.to_string_lossy().contains("vendor")) {
        let path = path.canonicalize().unwrap();
        let own = if everyday.contains(&path) {
            vec![daily]
        } else if with_papers.contains(&path) {
            vec![daily, papers]
        } else {
            vec![daily, papers, settings]
        };
        for key in named(&path) {
            assert!(own.iter().any(|words| words.contains(&key)), "{}: {key}", path.display());
            count += 1;
        }
    }
    assert!(count > 300, "{count}");
}

/// A tag that nobody made is an empty element, without a word.
#[test]
fn every_part_that_is_named_as_a_tag_is_made() {
    let sources: Vec<String> =
        files(&folder(), "js").iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let made: BTreeSet<&str> = sources
        .iter()
        .flat_map(|source| source.split("Object.assign(tags, {").skip(1))
        .flat_map(|rest| rest.split('}').next().unwrap_or_default().split(','))
        .map(str::trim)
        .collect();
    let mut used = 0;
    for source in &sources {
        for rest in
            source.split('<').skip(1).filter(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        {
            let tag = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap();
            assert!(made.contains(tag), "<{tag}");
            used += 1;
        }
    }
    assert!(used > 400 && made.len() > 15, "{used} of {made:?}");
}

#[test]
fn the_screens_stay_small() {
    let size = |paths: &[PathBuf]| paths.iter().map(|p| fs::metadata(p).unwrap().len()).sum::<u64>();
    // What a till waits for: a screen with all that comes with the first visit to it.
    let mut frame = BTreeSet::new();
    loaded_with(&folder().join("app.js"), &mut frame);
    let vendored: Vec<PathBuf> = files(&folder().join("vendor"), "js");
    for screen in ["screens", "settings"].iter().flat_map(|part| files(&folder().join(part), "js")) {
        let mut loaded = frame.clone();
        loaded_with(&screen, &mut loaded);
        let loaded: Vec<PathBuf> = loaded.into_iter().chain(vendored.iter().cloned()).collect();
        assert!(size(&loaded) <= 180_000, "{}: {}", screen.display(), size(&loaded));
    }
    // The whole weighs only on the program's own size; it is to shrink.
    assert!(size(&files(&folder(), "js")) <= 382_000, "{}", size(&files(&folder(), "js")));
    assert!(size(&files(&folder(), "css")) <= 40_000, "{}", size(&files(&folder(), "css")));
    for language in files(&folder().join("i18n"), "json") {
        assert!(size(std::slice::from_ref(&language)) <= 40_000, "{}", language.display());
    }
    let first: Vec<PathBuf> = [
        "index.html",
        "app.css",
        "app.js",
        "icon.svg",
        "lib/core.js",
        "lib/ui.js",
        "lib/keys.js",
        "vendor/preact.js",
        "vendor/hooks.js",
        "vendor/htm.js",
        "i18n/en.json",
        "screens/mails.js",
    ]
    .iter()
    .map(|name| folder().join(name))
    .collect();
    assert!(size(&first) <= 120_000, "{}", size(&first));
}

/// Chromium 109, Firefox ESR 115 and Safari 15.6 are the oldest browsers the screens are for.
#[test]
fn the_screens_use_nothing_that_old_browsers_lack() {
    for path in files(&folder(), "js").iter().filter(|p| !p.to_string_lossy().contains("vendor")) {
        let source = fs::read_to_string(path).unwrap();
        for word in [
            "eval(",
            "new Function",
            ".toSorted(",
            ".toReversed(",
            "Promise.withResolvers",
            "startViewTransition",
        ] {
            assert!(!source.contains(word), "{}: {word}", path.display());
        }
        // The name of the SVG language is no address to ask.
        let source = source.replace("http://www.w3.org/2000/svg", "");
        assert!(
            !source.contains("http://") || path.ends_with("keys.js"),
            "{} names another host",
            path.display()
        );
    }
}
