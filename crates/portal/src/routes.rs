//! The one table of routes: method, path, who may, handler. A route that is not here does not exist.

use std::convert::Infallible;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get as on_get, post as on_post};

use crate::account::{app as second_factor, letters, password, sign_ins, telephone, tokens, ways};
use crate::api;
use crate::operator::{
    acting, audit, charts, contract, decision, decisions, defaults, door, exchange, ground, looking, means, profile,
    subscribers, usage,
};
use crate::problem::Problem;
use crate::public::{about, by_code, first, link, second, sign_in, stop, switch};
use crate::security::guard::{self, Rule};
use crate::security::roles::{Seen, Who};
use crate::state::Portal;
use crate::subscriber::{
    address_book, change, conditions, consent, deeds, digest, held, history, links, lists, lookup, mail, one_mail,
    opened, posing, presets, rules, sender, senders, settings, waiting,
};

/// Octets of an ordinary form.
const FORM: usize = 64 * 1024;
/// Octets of a person's own lists, and of a profile.
const LISTS: usize = 1024 * 1024;
/// Octets of an imported list of subscribers.
const IMPORT: usize = 16 * 1024 * 1024;

/// One row of the table.
pub struct Route {
    /// GET or POST.
    pub method: Method,
    /// Path, with `{placeholders}`.
    pub path: &'static str,
    /// Who may.
    pub who: Who,
    /// Whether staff who look at somebody's pages see it.
    pub seen: Seen,
    /// Largest form, octets.
    pub largest: usize,
    handler: MethodRouter<Portal, Infallible>,
}

fn get<H, T>(who: Who, path: &'static str, handler: H) -> Route
where
    H: Handler<T, Portal>,
    T: 'static,
{
    Route { method: Method::GET, path, who, seen: Seen::Never, largest: 0, handler: on_get(handler) }
}

fn post<H, T>(who: Who, path: &'static str, handler: H) -> Route
where
    H: Handler<T, Portal>,
    T: 'static,
{
    Route { method: Method::POST, path, who, seen: Seen::Never, largest: FORM, handler: on_post(handler) }
}

/// A page that staff who look at somebody's pages see as well.
fn seen<H, T>(who: Who, path: &'static str, handler: H) -> Route
where
    H: Handler<T, Portal>,
    T: 'static,
{
    Route { seen: Seen::ByStaff, ..get(who, path, handler) }
}

/// Every route.
pub fn table() -> Vec<Route> {
    let always = [
        open_to_all(),
        for_links_in_mail(),
        for_subscribers(),
        header_viewer(),
        for_settings(),
        for_staff(),
        about_signing_in(),
    ];
    #[cfg(feature = "oidc")]
    let always = always.into_iter().chain([by_provider()]);
    #[cfg(feature = "passkeys")]
    let always = always.into_iter().chain([with_passkeys()]);
    always.into_iter().flatten().collect()
}

fn for_links_in_mail() -> Vec<Route> {
    vec![
        get(Who::Anyone, "/digest/take/{token}", link::page),
        post(Who::Anyone, "/digest/take/{token}", link::act),
        get(Who::Anyone, "/digest/stop/{token}", stop::page),
        post(Who::OneClick, "/digest/stop/{token}", stop::act),
        seen(Who::Own, "/settings/digest", digest::page),
        post(Who::Own, "/settings/digest", digest::save),
        get(Who::Own, "/settings/digest/html", digest::html),
    ]
}

fn open_to_all() -> Vec<Route> {
    vec![
        get(Who::Anyone, "/", first::page),
        get(Who::Anyone, "/about", about::page),
        get(Who::Anyone, "/language/{code}", switch::to),
        get(Who::Anyone, "/furigana/{code}", switch::furigana),
        get(Who::Anyone, "/sign-in", sign_in::page),
        post(Who::Anyone, "/sign-in", sign_in::with_password),
        post(Who::Anyone, "/sign-in/send-code", by_code::send),
        post(Who::Anyone, "/sign-in/send-sms", by_code::send_sms),
        post(Who::Anyone, "/sign-in/code", by_code::check),
        get(Who::Anyone, "/sign-in/second", second::page),
        post(Who::Anyone, "/sign-in/second", second::check),
        get(Who::Anyone, "/staff/sign-in", sign_in::staff_page),
        post(Who::Anyone, "/staff/sign-in", sign_in::staff_with_password),
        post(Who::Anyone, "/sign-out", sign_in::out),
    ]
}

fn for_subscribers() -> Vec<Route> {
    vec![
        seen(Who::Subscriber, "/held", held::page),
        post(Who::Subscriber, "/held/delete", deeds::delete_many),
        post(Who::Subscriber, "/held/many", deeds::many),
        seen(Who::Subscriber, "/held/{id}", opened::page),
        seen(Who::Subscriber, "/held/{id}/html", opened::html),
        seen(Who::Subscriber, "/held/{id}/headers", opened::headers),
        post(Who::Subscriber, "/held/{id}/release", deeds::release),
        post(Who::Subscriber, "/held/{id}/delete", deeds::delete),
        post(Who::Subscriber, "/held/{id}/erase", deeds::erase),
        post(Who::Subscriber, "/held/{id}/restore", deeds::restore),
        post(Who::Subscriber, "/held/{id}/not-spam", deeds::not_spam),
        post(Who::Subscriber, "/held/{id}/spam", deeds::spam),
        get(Who::Subscriber, "/held/{id}/sender", sender::page),
        post(Who::Subscriber, "/held/{id}/sender", sender::save),
        seen(Who::Subscriber, "/waiting", waiting::page),
        post(Who::Subscriber, "/waiting/let-in", waiting::let_in),
        seen(Who::Subscriber, "/lookup", lookup::page),
        get(Who::Subscriber, "/sign-ins", sign_ins::page),
        post(Who::Subscriber, "/sign-ins/end", sign_ins::end),
        post(Who::Subscriber, "/sign-ins/end-others", sign_ins::end_others),
        get(Who::Subscriber, "/tokens", tokens::page),
        post(Who::Subscriber, "/tokens", tokens::make_on_page),
    ]
}

/// SUB-05, SUB-06 and SUB-08: the header viewer, taking what is held in parts, mail with links.
fn header_viewer() -> Vec<Route> {
    vec![
        seen(Who::Subscriber, "/mail", mail::page),
        post(Who::Subscriber, "/mail/keep", mail::keep),
        seen(Who::Subscriber, "/mail/{reference}", one_mail::page),
        get(Who::Subscriber, "/mail/{reference}/save", one_mail::save),
        post(Who::Subscriber, "/mail/{reference}/forward", one_mail::forward),
        post(Who::Subscriber, "/held/release-named", deeds::release_named),
        post(Who::Subscriber, "/held/{id}/release-stripped", deeds::release_stripped),
        post(Who::Subscriber, "/held/{id}/release-whole", deeds::release_whole),
        seen(Who::Own, "/settings/links", links::page),
        post(Who::Own, "/settings/links", links::save),
        post(Who::Support, "/staff/subscribers/{id}/contract", contract::save),
        get(Who::Viewer, "/staff/usage", usage::page),
    ]
}

fn for_settings() -> Vec<Route> {
    let mut import = post(Who::Own, "/settings/lists/import", lists::import);
    import.largest = LISTS;
    let mut book = post(Who::Own, "/settings/address-book", address_book::save);
    book.largest = LISTS;
    let mut posing = post(Who::Own, "/settings/posing", posing::save);
    posing.largest = LISTS;
    vec![
        seen(Who::Own, "/settings", settings::page),
        seen(Who::Own, "/settings/presets", presets::page),
        seen(Who::Own, "/settings/try", presets::preview),
        post(Who::Own, "/settings/try", presets::save),
        seen(Who::Own, "/settings/senders", senders::page),
        post(Who::Own, "/settings/senders", senders::save),
        seen(Who::Own, "/settings/posing", posing::page),
        posing,
        seen(Who::Own, "/settings/address-book", address_book::page),
        book,
        post(Who::Own, "/settings/days", change::days),
        seen(Who::Own, "/settings/consent", consent::page),
        post(Who::Own, "/settings/consent", consent::save),
        get(Who::Own, "/settings/consent.csv", consent::export),
        post(Who::Own, "/settings/level", change::level),
        post(Who::Own, "/settings/actions", change::actions),
        post(Who::Own, "/settings/label", change::label),
        post(Who::Own, "/settings/furigana", change::furigana),
        seen(Who::Own, "/settings/lists", lists::page),
        post(Who::Own, "/settings/lists/add", lists::add),
        post(Who::Own, "/settings/lists/remove", lists::remove),
        get(Who::Own, "/settings/lists.csv", lists::export),
        import,
        seen(Who::Own, "/settings/conditions", conditions::page),
        post(Who::Own, "/settings/conditions", conditions::save),
        post(Who::Own, "/settings/keywords/add", rules::add),
        post(Who::Own, "/settings/keywords/remove", rules::change),
        seen(Who::Own, "/settings/rules", rules::page),
        seen(Who::Own, "/settings/history", history::page),
        post(Who::Own, "/settings/undo", history::undo),
    ]
}

fn for_staff() -> Vec<Route> {
    let mut import = post(Who::Administrator, "/staff/subscribers/import", exchange::import);
    import.largest = IMPORT;
    let mut profile = post(Who::Administrator, "/staff/profile", profile::save);
    profile.largest = LISTS;
    vec![
        get(Who::Viewer, "/staff", decisions::page),
        get(Who::Viewer, "/staff/decision/{reference}", decision::page),
        post(Who::Support, "/staff/decision/{reference}/ground", ground::record),
        get(Who::Support, "/staff/decision/{reference}/content", ground::content),
        get(Who::Support, "/staff/decision/{reference}/html", ground::html),
        post(Who::Support, "/staff/decision/{reference}/release", ground::release),
        get(Who::Viewer, "/staff/charts", charts::page),
        get(Who::Viewer, "/staff/door", door::page),
        post(Who::Support, "/staff/door/reset", door::reset),
        get(Who::Viewer, "/staff/subscribers", subscribers::list),
        get(Who::Administrator, "/staff/subscribers.csv", exchange::export),
        get(Who::Administrator, "/staff/subscribers/import", exchange::page),
        import,
        get(Who::Viewer, "/staff/subscribers/{id}", subscribers::one),
        post(Who::Support, "/staff/subscribers/{id}/act", acting::begin),
        post(Who::Support, "/staff/stop-acting", acting::stop),
        post(Who::Support, "/staff/subscribers/{id}/look", looking::begin),
        post(Who::Viewer, "/staff/stop-looking", looking::stop),
        get(Who::Viewer, "/staff/defaults", defaults::page),
        post(Who::Administrator, "/staff/defaults", defaults::save),
        get(Who::Viewer, "/staff/profile", profile::page),
        profile,
        get(Who::Administrator, "/staff/audit", audit::page),
        get(Who::Viewer, "/staff/sign-ins", sign_ins::page),
        post(Who::Viewer, "/staff/sign-ins/end", sign_ins::end),
        post(Who::Viewer, "/staff/sign-ins/end-others", sign_ins::end_others),
        get(Who::Viewer, "/staff/tokens", tokens::page),
        post(Who::Viewer, "/staff/tokens", tokens::make_on_page),
    ]
}

/// How people sign in: the same pages for subscribers and staff.
fn about_signing_in() -> Vec<Route> {
    let mut all = vec![
        get(Who::Subscriber, "/security/telephone", telephone::page),
        post(Who::Subscriber, "/security/telephone", telephone::send),
        post(Who::Subscriber, "/security/telephone/confirm", telephone::confirm),
        post(Who::Subscriber, "/security/telephone/remove", telephone::remove),
        get(Who::Viewer, "/staff/security/letters", letters::page),
        post(Who::Viewer, "/staff/security/letters", letters::send),
        post(Who::Viewer, "/staff/security/letters/confirm", letters::confirm),
        post(Who::Viewer, "/staff/security/letters/remove", letters::remove),
        get(Who::Viewer, "/staff/subscribers/{id}/means", means::page),
        post(Who::Support, "/staff/subscribers/{id}/means/reset", means::reset),
        post(Who::Support, "/staff/subscribers/{id}/means/end", means::end),
    ];
    for (who, staff) in [(Who::Subscriber, false), (Who::Viewer, true)] {
        let at = |subscriber, of_staff| if staff { of_staff } else { subscriber };
        let password_at = at("/security/password", "/staff/security/password");
        let app_at = at("/security/app", "/staff/security/app");
        all.extend([
            get(who, at("/security", "/staff/security"), ways::page),
            get(who, password_at, password::page),
            post(who, password_at, password::save),
            post(who, at("/security/password/off", "/staff/security/password/off"), password::off),
            get(who, app_at, second_factor::page),
            post(who, app_at, second_factor::confirm),
            post(who, at("/security/app/recovery", "/staff/security/app/recovery"), second_factor::recovery),
            post(who, at("/security/app/remove", "/staff/security/app/remove"), second_factor::remove),
        ]);
    }
    all
}

/// With a passkey, and setting them up.
#[cfg(feature = "passkeys")]
fn with_passkeys() -> Vec<Route> {
    use crate::account::passkeys;
    use crate::public::passkey;
    vec![
        post(Who::Anyone, "/sign-in/passkey", passkey::check),
        get(Who::Subscriber, "/security/passkeys", passkeys::page),
        post(Who::Subscriber, "/security/passkeys", passkeys::add),
        post(Who::Subscriber, "/security/passkeys/remove", passkeys::remove),
        get(Who::Viewer, "/staff/security/passkeys", passkeys::page),
        post(Who::Viewer, "/staff/security/passkeys", passkeys::add),
        post(Who::Viewer, "/staff/security/passkeys/remove", passkeys::remove),
    ]
}

/// Staff come by way of the operator's OpenID provider.
#[cfg(feature = "oidc")]
fn by_provider() -> Vec<Route> {
    use crate::public::oidc;
    vec![get(Who::Anyone, "/staff/sign-in/oidc", oidc::begin), get(Who::Anyone, "/staff/sign-in/oidc/back", oidc::end)]
}

/// The whole portal. Callable without a socket.
pub fn app(portal: Portal) -> Router {
    let mut router = Router::new();
    for route in table() {
        let rule = Rule { portal: portal.clone(), who: route.who, seen: route.seen, largest: route.largest };
        router = router.route(route.path, route.handler.layer(from_fn_with_state(rule, guard::admit)));
    }
    #[cfg(feature = "passkeys")]
    let router = router.route("/assets/passkeys.js", on_get(crate::assets::passkeys));
    api::put_on(router, &portal)
        .route("/assets/style.css", on_get(crate::assets::style))
        .route("/assets/keys.js", on_get(crate::assets::script))
        .route("/assets/mark.svg", on_get(crate::assets::mark))
        .route("/favicon.ico", on_get(crate::assets::mark))
        .fallback(nowhere)
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::max(IMPORT))
        .layer(from_fn_with_state(portal.clone(), guard::meet))
        .layer(from_fn(no_panic))
        .with_state(portal)
}

async fn nowhere() -> Problem {
    Problem::NotFound
}

async fn other_method(uri: axum::http::Uri) -> Problem {
    if api::is_ours(uri.path()) { Problem::Method } else { Problem::NotFound }
}

/// A panic in a page ends that page, not the portal, and is told in the log. It runs in a task of its own for that.
async fn no_panic(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(fault) => {
            tracing::error!(%fault, "a page broke off");
            axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
