//! Passwords in a real Secret Service, and what is said where there is none.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::postfix::server::{self, Postfix, USER};
use crate::support::program::Run;
use crate::till::Till;

const PASSWORD: &str = "hunter2-in-the-keyring";

/// Runs a shell script in a session of its own with an unlocked keyring.
fn with_keyring(till: &Till, script: &str) -> Run {
    let home = till.folder.path();
    std::fs::set_permissions(home, std::fs::Permissions::from_mode(0o700)).unwrap();
    let script = format!(
        "printf unlock | gnome-keyring-daemon --unlock --components=secrets >/dev/null || exit 90\n\
         tillpost() {{ {} --data {} \"$@\"; }}\n{script}",
        env!("CARGO_BIN_EXE_tillpost"),
        till.data().display()
    );
    let output = Command::new("dbus-run-session")
        .args(["--", "bash", "-euc", &script])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .output()
        .expect("dbus-run-session is missing: apt-get install dbus gnome-keyring");
    Run::of(output)
}

fn holds(folder: &Path, word: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().map(|e| e.path()).any(|path| {
        if path.is_dir() {
            return holds(&path, word);
        }
        std::fs::read(&path).unwrap_or_default().windows(word.len()).any(|w| w == word)
    })
}

#[test]
fn a_password_lives_in_the_keyring_and_nowhere_else() {
    let till = Till::new();
    let run = with_keyring(
        &till,
        &format!(
            "printf '{PASSWORD}' | tillpost account set --host smtp.example.com --from shop@till.example --password-stdin\n\
             tillpost doctor --offline --json || true\ntillpost account show --json"
        ),
    )
    .ok();
    assert!(run.out.contains("default at smtp.example.com:465, ready"), "{run:?}");
    assert!(run.out.contains("\"secret_place\": \"keyring\""), "{run:?}");
    assert!(!run.out.contains(PASSWORD) && !run.err.contains(PASSWORD));
    assert!(!holds(&till.data(), PASSWORD.as_bytes()), "the password is in the data folder");
}

#[test]
fn a_mail_leaves_with_the_password_from_the_keyring() {
    let (postfix, till) = (Postfix::shared(), Till::new());
    let run = with_keyring(
        &till,
        &format!(
            "printf '{}' | tillpost account set --host localhost --port {} --encryption starttls --user {USER} \\\n\
             --ca-file {} --from shop@till.example --password-stdin\n\
             tillpost send --to from-keyring@example.com --subject x --text x\ntillpost flush\n\
             tillpost queue show 1",
            server::PASSWORD,
            postfix.starttls,
            postfix.ca_file().display()
        ),
    )
    .ok();
    postfix.only_mail("from-keyring@example.com");
    // As it is written, and as AUTH PLAIN writes it.
    for word in [server::PASSWORD.as_bytes(), b"AHRpbGwAY29ycmVjdCBob3JzZQ"] {
        assert!(!holds(&till.data(), word), "the password is in the data folder");
        let said = [run.out.as_bytes(), run.err.as_bytes()].concat();
        assert!(!said.windows(word.len()).any(|w| w == word), "the password was shown: {run:?}");
    }
    // Later, on the same till without a keyring: the mail waits, nothing is held and nothing lost.
    till.send("no-keyring@example.com", "x", "x");
    let run = till.run(&["flush"]);
    assert_eq!(run.code, 5, "{run:?}");
    assert_eq!(
        till.mails().iter().filter(|m| m["state"] == "waiting" && m["reason"] == "keyring").count(),
        1
    );
}

/// A password moves from the keyring to the file: each place has it only while it is there.
#[test]
fn a_password_that_moves_is_left_behind_nowhere() {
    let till = Till::new();
    let run = with_keyring(
        &till,
        &format!(
            "(umask 077; printf '%064d' 7 > $HOME/key); export TILLPOST_KEY_FILE=$HOME/key\n\
             items() {{ dbus-send --session --print-reply --dest=org.freedesktop.secrets \\\n\
                 /org/freedesktop/secrets/aliases/default org.freedesktop.DBus.Properties.Get \\\n\
                 string:org.freedesktop.Secret.Collection string:Items; }}\n\
             kept() {{ echo $1 $(items | grep -c 'object path') $(grep -cEs '/(integration |default/)' {}/secrets.json); }}\n\
             mail() {{ printf {PASSWORD} | tillpost account set --from shop@till.example --password-stdin --host \"$@\"; }}\n\
             mail smtp.example.com; kept mail-first\n\
             mail smtp.example.com --secret-place file; kept mail-moved\n\
             mail smtp.example.org; kept mail-elsewhere\n\
             mail smtp.example.com --secret-place keyring; kept mail-back\n\
             tillpost account remove --name default; kept mail-removed\n\
             add() {{ printf {PASSWORD} | tillpost accounting add books --user shop --password-stdin \"$@\"; }}\n\
             add; kept first\n\
             add --secret-in-file; kept moved\n\
             tillpost accounting remove books; kept removed",
            till.data().display()
        ),
    )
    .ok();
    let mail = [
        "mail-first 1\n",
        "mail-moved 0 1\n",
        "mail-elsewhere 0 1\n",
        "mail-back 1 0\n",
        "mail-removed 0 0\n",
    ];
    for said in mail.into_iter().chain(["first 1 0\n", "moved 0 1\n", "removed 0 0\n"]) {
        assert!(run.out.contains(said), "{said}: {run:?}");
    }
}

#[test]
fn without_a_keyring_nothing_is_stored_and_the_way_out_is_named() {
    let till = Till::new();
    let run = till.run_with_input(
        &["account", "set", "--host", "smtp.example.com", "--from", "shop@till.example", "--password-stdin"],
        PASSWORD,
    );
    assert_eq!(run.code, 5, "{run:?}");
    assert!(run.err.contains("--secret-place file") && !run.err.contains(PASSWORD), "{run:?}");
    assert_eq!(till.run(&["account", "list", "--json"]).ok().json(), serde_json::json!([]));
}
