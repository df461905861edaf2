//! Signing in at Microsoft or Google: a person allows it once, tokens do the rest.
//!
//! The requests themselves are made by the caller ([`Http`]): this room knows what to say, not how to
//! reach anybody.
//!
//! # Source
//! RFC 6749, RFC 7636 (PKCE), RFC 8252 (native apps), RFC 8628 (device code), RFC 7009 (revocation).

mod loopback;

use std::pin::Pin;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::url::form_urlencoded;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl,
    ErrorResponse, ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, Scope, StandardDeviceAuthorizationResponse, StandardRevocableToken,
    StandardTokenResponse, TokenResponse as _, TokenUrl,
};
use serde::{Deserialize, Serialize};

use crate::domain::Secret;
use crate::domain::account::Transport;
use crate::domain::oauth::{Issuer, OAuth};
use crate::domain::reply::Cause;

pub use loopback::{Loopback, Page};
pub use oauth2::{HttpRequest, HttpResponse};

/// How long a person has at the provider's page.
pub const PERSONS_PATIENCE: Duration = Duration::from_secs(300);
/// The longest a device code is waited for, whatever the provider says.
const LONGEST_DEVICE_WAIT: Duration = Duration::from_secs(1800);
/// The longest pause between two questions about a device code.
const LONGEST_DEVICE_PAUSE: Duration = Duration::from_secs(30);

/// Said of an answer that is none.
const NOT_UNDERSTOOD: &str = "the sign-in service's answer was not understood";

/// An answer that comes, or why it does not.
pub type Answering = Pin<Box<dyn Future<Output = Result<HttpResponse, NotReached>> + Send>>;
/// Who makes the requests.
pub type Http = fn(HttpRequest) -> Answering;

/// The sign-in service gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no answer ({})", .0.word())]
pub struct NotReached(pub Cause);

/// Why signing in did not come to its end. It never contains a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OauthError {
    /// No answer.
    NotReached(Cause),
    /// The service's no.
    Refused {
        /// The kind of refusal, as the standard names it: `invalid_grant`.
        error: String,
        /// The service's own words.
        description: String,
    },
    /// What came is none of the standard's answers: something in between, or no sign-in service.
    NotUnderstood(String),
    /// The settings do not allow it.
    Settings(&'static str),
    /// Nobody came back from the provider's page in time.
    NobodyCame,
}

impl From<OauthError> for Cause {
    fn from(error: OauthError) -> Self {
        match error {
            OauthError::NotReached(cause) => cause,
            OauthError::Refused { error, description } => Self::SignInRefused { error, description },
            OauthError::NotUnderstood(why) => Self::Protocol(why),
            OauthError::Settings(what) => {
                Self::SignInRefused { error: "invalid_request".into(), description: what.into() }
            }
            OauthError::NobodyCame => {
                Self::SignInRefused { error: "expired_token".into(), description: String::new() }
            }
        }
    }
}

/// What a sign-in gave.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// For the next hour or so.
    pub access: Secret,
    /// How long that is, where the service says so.
    pub lives: Option<Duration>,
    /// For new ones; the service may give a new one with every use.
    pub refresh: Option<Secret>,
    /// After how long the connection ends whatever is done, where the service says so.
    pub ends: Option<Duration>,
    /// Who signed in.
    pub who: Option<String>,
}

/// A code to enter on another device.
#[derive(Debug, Clone)]
pub struct DeviceCode {
    answer: StandardDeviceAuthorizationResponse,
}

impl DeviceCode {
    /// What the person types.
    #[must_use]
    pub fn code(&self) -> &str {
        self.answer.user_code().secret()
    }

    /// Where.
    #[must_use]
    pub fn page(&self) -> &str {
        self.answer.verification_uri().as_str()
    }

    /// How long it counts.
    #[must_use]
    pub fn lives(&self) -> Duration {
        self.answer.expires_in().min(LONGEST_DEVICE_WAIT)
    }
}

/// A sign-in under way in the browser.
pub struct Journey {
    /// Where the browser goes.
    pub url: String,
    state: CsrfToken,
    verifier: PkceCodeVerifier,
    redirect: RedirectUrl,
}

/// What is returned beside the tokens of RFC 6749.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Beside {
    /// OpenID Connect Core 1.0 section 3.1.3.3.
    #[serde(default, skip_serializing)]
    id_token: Option<String>,
    /// Google, for connections that end.
    #[serde(default)]
    refresh_token_expires_in: Option<u64>,
}

impl ExtraTokenFields for Beside {}

type Answer = StandardTokenResponse<Beside, BasicTokenType>;
type Plain = Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

/// An app at a sign-in service.
pub struct App<'a> {
    oauth: &'a OAuth,
    by: Transport,
    secret: Option<&'a Secret>,
    http: Http,
}

impl<'a> App<'a> {
    /// The app of these settings, for sending `by` this way, with its secret where it has one.
    #[must_use]
    pub fn new(oauth: &'a OAuth, by: Transport, secret: Option<&'a Secret>, http: Http) -> Self {
        Self { oauth, by, secret, http }
    }

    fn client(&self) -> Plain {
        let client = Plain::new(ClientId::new(self.oauth.client_id.clone()));
        // In the body: what both services document.
        let client = client.set_auth_type(AuthType::RequestBody);
        match self.secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose().to_owned())),
            None => client,
        }
    }

    fn token_url(&self) -> Result<TokenUrl, OauthError> {
        let url = self.oauth.endpoints().token.unwrap_or_default();
        TokenUrl::new(url).map_err(|_| OauthError::Settings("its token address cannot be read"))
    }

    fn scopes(&self) -> impl Iterator<Item = Scope> {
        self.oauth.scopes(self.by).into_iter().map(|scope| Scope::new(scope.to_owned()))
    }

    /// Begins a sign-in in the browser, which comes back to `redirect`; `hint` is whom the shop means.
    ///
    /// # Errors
    /// When an address of the settings cannot be read.
    pub fn begin(&self, redirect: &str, hint: &str) -> Result<Journey, OauthError> {
        let unreadable = |_| OauthError::Settings("its sign-in address cannot be read");
        let authorize = self.oauth.endpoints().authorize.unwrap_or_default();
        let redirect = RedirectUrl::new(redirect.to_owned()).map_err(unreadable)?;
        let client = self
            .client()
            .set_auth_uri(AuthUrl::new(authorize).map_err(unreadable)?)
            .set_redirect_uri(redirect.clone());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(CsrfToken::new_random)
            .add_scopes(self.scopes())
            .set_pkce_challenge(challenge)
            .add_extra_param("login_hint", hint);
        if self.oauth.issuer == Issuer::Google {
            // Only then does Google give a refresh token, and each time anew.
            request = request.add_extra_param("access_type", "offline").add_extra_param("prompt", "consent");
        }
        let (url, state) = request.url();
        Ok(Journey { url: url.to_string(), state, verifier, redirect })
    }

    /// Waits for the browser to come back, and exchanges what it brings.
    ///
    /// # Errors
    /// The person's no, the service's, or that nobody came in time.
    pub async fn finish(&self, journey: Journey, door: Loopback, page: &Page) -> Result<Tokens, OauthError> {
        let code = tokio::time::timeout(PERSONS_PATIENCE, door.code(journey.state.secret(), page))
            .await
            .map_err(|_| OauthError::NobodyCame)??;
        let client = self.client().set_token_uri(self.token_url()?).set_redirect_uri(journey.redirect);
        let request = client
            .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
            .set_pkce_verifier(journey.verifier);
        let answer = boxed(request.request_async(&self.http)).await;
        answer.map(tokens).map_err(in_words)
    }

    /// Asks for a code to enter on another device.
    ///
    /// # Errors
    /// Also where the issuer gives no such codes for sending mail.
    pub async fn device_code(&self) -> Result<DeviceCode, OauthError> {
        let Some(url) = self.oauth.endpoints().device else {
            return Err(OauthError::Settings(
                "Google gives no device codes for sending mail. Connect without --device, on a computer with a browser",
            ));
        };
        let url = DeviceAuthorizationUrl::new(url)
            .map_err(|_| OauthError::Settings("its device address cannot be read"))?;
        let client = self.client().set_device_authorization_url(url);
        let request = client.exchange_device_code().add_scopes(self.scopes());
        let answer = boxed(request.request_async(&self.http)).await.map_err(in_words)?;
        Ok(DeviceCode { answer })
    }

    /// Waits until the code was entered.
    ///
    /// # Errors
    /// The person's no, the service's, or that the code ran out.
    pub async fn await_device(&self, code: &DeviceCode) -> Result<Tokens, OauthError> {
        let client = self.client().set_token_uri(self.token_url()?);
        let request =
            client.exchange_device_access_token(&code.answer).set_max_backoff_interval(LONGEST_DEVICE_PAUSE);
        let answer = request.request_async(&self.http, tokio::time::sleep, Some(code.lives()));
        let answer = boxed(answer).await;
        answer.map(tokens).map_err(in_words)
    }

    /// Renews the sign-in.
    ///
    /// # Errors
    /// The service's no, or that it was not reached.
    pub async fn renew(&self, refresh: &Secret) -> Result<Tokens, OauthError> {
        let client = self.client().set_token_uri(self.token_url()?);
        let refresh = RefreshToken::new(refresh.expose().to_owned());
        let request = client.exchange_refresh_token(&refresh);
        let answer = boxed(request.request_async(&self.http)).await;
        answer.map(tokens).map_err(in_words)
    }

    /// Ends the connection at the service. `false`: it has no address for that.
    ///
    /// # Errors
    /// The service's no, or that it was not reached.
    pub async fn revoke(&self, refresh: &Secret) -> Result<bool, OauthError> {
        let Some(url) = self.oauth.endpoints().revoke else { return Ok(false) };
        let request = self.revocation(&url, refresh)?;
        let answer = (self.http)(request).await.map_err(|NotReached(cause)| OauthError::NotReached(cause))?;
        if !answer.status().is_success() {
            return Err(refused(answer.body()));
        }
        Ok(true)
    }

    /// By hand: the crate takes https alone, and the settings were checked to be that or this machine.
    fn revocation(&self, url: &str, refresh: &Secret) -> Result<HttpRequest, OauthError> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", refresh.expose()).append_pair("token_type_hint", "refresh_token");
        form.append_pair("client_id", &self.oauth.client_id);
        if let Some(secret) = self.secret {
            form.append_pair("client_secret", secret.expose());
        }
        oauth2::http::Request::post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.finish().into_bytes())
            .map_err(|_| OauthError::Settings("its revocation address cannot be read"))
    }
}

/// A future of the crate under a plain type: the compiler cannot see through the crate's own that it may
/// move between threads.
fn boxed<'a, T>(future: impl Future<Output = T> + Send + 'a) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(future)
}

fn tokens(answer: Answer) -> Tokens {
    let beside = answer.extra_fields();
    Tokens {
        access: Secret::new(answer.access_token().secret().clone()),
        lives: answer.expires_in(),
        refresh: answer.refresh_token().map(|token| Secret::new(token.secret().clone())),
        ends: beside.refresh_token_expires_in.filter(|s| *s > 0).map(Duration::from_secs),
        who: beside.id_token.as_deref().and_then(who),
    }
}

/// Who an ID token names. Its signature is not looked at: it came from the service itself over TLS
/// (OpenID Connect Core 1.0 section 3.1.3.7, number 6), and nothing but a name on a screen hangs on it.
fn who(id_token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        email: Option<String>,
        preferred_username: Option<String>,
        sub: Option<String>,
    }
    let body = id_token.split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(body.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    let name = claims.email.or(claims.preferred_username).or(claims.sub)?;
    let clean: String = name.chars().filter(|c| !c.is_control()).take(254).collect();
    (!clean.is_empty()).then_some(clean)
}

/// The refusal in an answer's body.
fn refused(body: &[u8]) -> OauthError {
    match serde_json::from_slice::<BasicErrorResponse>(body) {
        Ok(answer) => in_words(RequestTokenError::ServerResponse(answer)),
        Err(_) => OauthError::NotUnderstood(NOT_UNDERSTOOD.into()),
    }
}

fn in_words<T: ErrorResponse + Refusing>(error: RequestTokenError<NotReached, T>) -> OauthError {
    match error {
        RequestTokenError::ServerResponse(answer) => {
            let (error, description) = answer.refusal();
            let clean = |text: String| text.chars().filter(|c| !c.is_control()).take(500).collect();
            OauthError::Refused { error: clean(error), description: clean(description) }
        }
        RequestTokenError::Request(NotReached(cause)) => OauthError::NotReached(cause),
        // The body is not quoted: it may hold tokens.
        RequestTokenError::Parse(..) => OauthError::NotUnderstood(NOT_UNDERSTOOD.into()),
        RequestTokenError::Other(why) => OauthError::NotUnderstood(why),
    }
}

/// A refusal's kind and words.
trait Refusing {
    fn refusal(&self) -> (String, String);
}

impl<T: oauth2::ErrorResponseType + AsRef<str>> Refusing for oauth2::StandardErrorResponse<T> {
    fn refusal(&self) -> (String, String) {
        let description = self.error_description().cloned().unwrap_or_default();
        (self.error().as_ref().to_owned(), description)
    }
}
