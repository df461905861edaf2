//! A provider's sign-in service that tells what it was asked.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::web::{Asked, Reply, Web, fields};

/// A provider that rotates its refresh tokens and ends the connection when one is used twice.
#[derive(Default)]
pub struct Provider {
    pub given: AtomicUsize,
    pub current: Mutex<Option<String>>,
    challenge: Mutex<String>,
    /// Says this instead of giving tokens.
    pub no: Mutex<Option<(u16, Value)>>,
    pub away: AtomicBool,
}

impl Provider {
    pub async fn start() -> (Arc<Self>, Web) {
        let provider = Arc::new(Self::default());
        let own = Arc::clone(&provider);
        let web = Web::start(move |asked| own.answer(asked)).await;
        (provider, web)
    }

    fn answer(&self, asked: &Asked) -> Reply {
        if self.away.load(Ordering::SeqCst) {
            return Reply::Raw(200, vec!["Content-Type: text/html".into()], "<p>Sign in to Wi-Fi</p>".into());
        }
        match asked.path.as_str() {
            "/revoke" => {
                *self.current.lock().unwrap() = None;
                Reply::Json(200, json!({}))
            }
            "/device" => Reply::Json(
                200,
                json!({ "device_code": "secret-device", "user_code": "WDJB-MJHT", "interval": 1,
                        "verification_uri": "https://example.com/device", "expires_in": 600 }),
            ),
            _ => self.token(asked),
        }
    }

    fn token(&self, asked: &Asked) -> Reply {
        if let Some((status, body)) = self.no.lock().unwrap().clone() {
            return Reply::Json(status, body);
        }
        let grant = asked.field("grant_type").unwrap();
        let mut current = self.current.lock().unwrap();
        let good = match grant.as_str() {
            "authorization_code" => {
                let verifier = asked.field("code_verifier").unwrap();
                let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
                asked.field("code").unwrap() == "the-code" && challenge == *self.challenge.lock().unwrap()
            }
            "refresh_token" => asked.field("refresh_token") == *current,
            _ => asked.field("device_code").unwrap() == "secret-device",
        };
        if !good {
            *current = None;
            return Reply::Json(400, json!({ "error": "invalid_grant", "error_description": "used twice" }));
        }
        let n = self.given.fetch_add(1, Ordering::SeqCst) + 1;
        *current = Some(format!("refresh-horse-{n}"));
        let claims = URL_SAFE_NO_PAD.encode(json!({ "sub": "1", "email": "shop@till.example" }).to_string());
        Reply::Json(
            200,
            json!({ "access_token": format!("access-horse-{n}"), "token_type": "Bearer", "expires_in": 3600,
                    "refresh_token": format!("refresh-horse-{n}"), "id_token": format!("e30.{claims}.x") }),
        )
    }

    /// A person at the page `url` who allows what is asked for, `right` among it; gives where the browser
    /// goes back to.
    pub fn allows(&self, url: &str, right: &str) -> String {
        let query = url.split_once('?').unwrap().1;
        assert_eq!(fields(query, "code_challenge_method").unwrap(), "S256");
        assert_eq!(fields(query, "login_hint").unwrap(), "shop@till.example");
        assert!(fields(query, "scope").unwrap().contains(right));
        *self.challenge.lock().unwrap() = fields(query, "code_challenge").unwrap();
        let back = fields(query, "redirect_uri").unwrap();
        format!("{back}/?code=the-code&state={}", fields(query, "state").unwrap())
    }
}
