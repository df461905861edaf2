//! The secrets file as a whole, and what a machine without a keyring says.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

fn key_file(dir: &TempDir, name: &str) -> PathBuf {
    let path = dir.path().join(name);
    create_key_file(&path).unwrap();
    path
}

fn open(dir: &TempDir, key: &Path, namespace: &str) -> Result<Secrets, AuthError> {
    let key = key::find(None, Some(key.into()))?;
    Secrets::open_file(dir.path(), namespace.into(), key)
}

#[test]
fn a_secret_comes_back_after_a_restart_and_folders_do_not_share() {
    let dir = TempDir::new().unwrap();
    let key = key_file(&dir, "key");
    let secrets = open(&dir, &key, "one").unwrap();
    secrets.probe().unwrap();
    assert_eq!(secrets.get("default").unwrap(), None);
    secrets.set("default", &Secret::new("pässword")).unwrap();
    secrets.set("default", &Secret::new("pässword 2")).unwrap();
    drop(secrets);
    let secrets = open(&dir, &key, "one").unwrap();
    assert_eq!(secrets.get("default").unwrap(), Some(Secret::new("pässword 2")));
    let other = open(&dir, &key, "two").unwrap();
    assert_eq!(other.get("default").unwrap(), None);
    other.delete("default").unwrap();
    secrets.delete("default").unwrap();
    assert_eq!(secrets.get("default").unwrap(), None);
    let file = fs::read_to_string(dir.path().join("secrets.json")).unwrap();
    assert!(!file.contains("one/"), "a deleted entry is still there: {file}");
}

#[test]
fn the_file_shows_nothing_and_is_its_owners_alone() {
    let dir = TempDir::new().unwrap();
    let secrets = open(&dir, &key_file(&dir, "key"), "n").unwrap();
    secrets.set("default", &Secret::new("hunter2")).unwrap();
    let file = fs::read(dir.path().join("secrets.json")).unwrap();
    assert!(!file.windows(7).any(|w| w == b"hunter2"));
    assert!(!String::from_utf8(file).unwrap().contains(&key::to_hex(b"hunter2")));
    #[cfg(unix)]
    for name in ["secrets.json", "key"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn another_key_is_refused_before_it_seals_anything() {
    let dir = TempDir::new().unwrap();
    let (key, other) = (key_file(&dir, "key"), key_file(&dir, "other"));
    let secrets = open(&dir, &key, "n").unwrap();
    secrets.set("default", &Secret::new("x")).unwrap();
    let before = fs::read(dir.path().join("secrets.json")).unwrap();
    assert!(matches!(open(&dir, &other, "n"), Err(AuthError::WrongKey(_))));
    assert_eq!(fs::read(dir.path().join("secrets.json")).unwrap(), before);
    assert_eq!(secrets.get("default").unwrap(), Some(Secret::new("x")));
}

#[test]
fn a_tampered_file_is_noticed() {
    let dir = TempDir::new().unwrap();
    let key = key_file(&dir, "key");
    let secrets = open(&dir, &key, "n").unwrap();
    secrets.set("a", &Secret::new("for a")).unwrap();
    secrets.set("b", &Secret::new("for b")).unwrap();
    let path = dir.path().join("secrets.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let good = json.clone();
    json["entries"]["n/a"] = json["entries"]["n/b"].clone();
    fs::write(&path, json.to_string()).unwrap();
    assert!(matches!(secrets.get("a"), Err(AuthError::WrongKey(_))));
    assert_eq!(secrets.get("b").unwrap(), Some(Secret::new("for b")));

    let mut json = good.clone();
    let sealed = json["entries"]["n/a"]["sealed"].as_str().unwrap().to_owned();
    let flipped = if sealed.starts_with('0') { "1" } else { "0" };
    json["entries"]["n/a"]["sealed"] = format!("{flipped}{}", &sealed[1..]).into();
    fs::write(&path, json.to_string()).unwrap();
    assert!(matches!(secrets.get("a"), Err(AuthError::WrongKey(_))));

    for broken in ["", "{", "[]", "{\"version\":2,\"check\":{\"nonce\":\"\",\"sealed\":\"\"},\"entries\":{}}"]
    {
        fs::write(&path, broken).unwrap();
        assert!(matches!(secrets.get("a"), Err(AuthError::FileDamaged { .. })), "{broken:?}");
        assert!(secrets.set("a", &Secret::new("x")).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), broken, "a damaged file was overwritten");
    }
    fs::write(&path, good.to_string()).unwrap();
    assert_eq!(secrets.get("a").unwrap(), Some(Secret::new("for a")));
}

#[test]
fn several_programs_write_at_once_and_nothing_is_lost() {
    let dir = TempDir::new().unwrap();
    let key = key_file(&dir, "key");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (dir, key) = (&dir, &key);
            scope.spawn(move || {
                let secrets = open(dir, key, "n").unwrap();
                for n in 0..10 {
                    let account = format!("{thread}-{n}");
                    secrets.set(&account, &Secret::new(account.as_str())).unwrap();
                }
            });
        }
    });
    let secrets = open(&dir, &key, "n").unwrap();
    for thread in 0..4 {
        for n in 0..10 {
            let account = format!("{thread}-{n}");
            assert_eq!(secrets.get(&account).unwrap(), Some(Secret::new(account.as_str())));
        }
    }
}

#[test]
fn a_runtime_can_use_it_too() {
    let dir = TempDir::new().unwrap();
    let secrets = open(&dir, &key_file(&dir, "key"), "n").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        secrets.set_async("a", &Secret::new("x")).await.unwrap();
        assert_eq!(secrets.get_async("a").await.unwrap(), Some(Secret::new("x")));
        secrets.delete_async("a").await.unwrap();
        assert_eq!(secrets.get_async("a").await.unwrap(), None);
    });
}

#[test]
fn the_key_is_found_or_its_absence_explained() {
    let dir = TempDir::new().unwrap();
    let none = key::find(None, None).err().unwrap();
    assert!(matches!(none, AuthError::NoKeyFile) && none.to_string().contains("TILLPOST_KEY_FILE"));
    assert!(matches!(key::find(None, Some("".into())), Err(AuthError::NoKeyFile)));
    let gone = dir.path().join("gone");
    assert!(matches!(key::find(None, Some(gone.into())), Err(AuthError::KeyFileUnreadable { .. })));

    let good = key_file(&dir, "key");
    assert!(matches!(create_key_file(&good), Err(AuthError::KeyFileExists(_))));
    let first = key::find(None, Some(good.clone().into())).unwrap();
    key_file(&dir, "tillpost.key");
    let systemd = key::find(Some(dir.path().into()), Some(good.clone().into())).unwrap();
    assert_ne!(first.0, systemd.0, "systemd's key comes first");
    fs::remove_file(dir.path().join("tillpost.key")).unwrap();
    let fallback = key::find(Some(dir.path().into()), Some(good.into())).unwrap();
    assert_eq!(first.0, fallback.0);
}

#[cfg(unix)]
#[test]
fn a_bad_key_file_is_refused_with_the_reason() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new().unwrap();
    let key = key_file(&dir, "key");
    for (mode, fine) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o700, false)] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        match key::find(None, Some(key.clone().into())) {
            Ok(_) => assert!(fine, "{mode:o}"),
            Err(why) => {
                assert!(!fine && why.to_string().contains(&format!("mode {mode:o}")), "{why}");
            }
        }
    }
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    for content in ["", "abc", &"a".repeat(63), &"a".repeat(65), &"g".repeat(64), &"ż".repeat(32)] {
        fs::write(&key, content).unwrap();
        let why = key::find(None, Some(key.clone().into())).err().unwrap();
        assert!(matches!(why, AuthError::KeyFileMalformed(_)), "{content:?}");
        assert!(content.is_empty() || !why.to_string().contains(content));
    }
}

#[test]
fn account_names_and_lengths_have_limits() {
    let dir = TempDir::new().unwrap();
    let secrets = open(&dir, &key_file(&dir, "key"), "n").unwrap();
    for bad in ["", "a\nb", &"x".repeat(300)] {
        assert!(matches!(secrets.get(bad), Err(AuthError::AccountName(_))));
    }
    let long = Secret::new("x".repeat(LONGEST + 1));
    let why = secrets.set("a", &long).err().unwrap();
    assert!(matches!(why, AuthError::TooLong { .. }));
}

#[test]
fn places_have_words() {
    for place in [Place::Keyring, Place::File] {
        assert_eq!(Place::from_word(place.word()), Some(place));
    }
    assert_eq!(Place::from_word("cloud"), None);
}
