//! Changing a layer of settings: loading it with its version, applying one form, storing it as the next version.
//!
//! The same steps serve a subscriber, staff who act for one, and an administrator who sets the operator's defaults.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use controls::Class;
pub use policy::treatments::{TREATMENTS, treatment, treatment_name};
use policy::{Layer, Profile, Settings};
use store::OperatorId;
use store::records::audit::AuditRow;
use store::records::settings::SettingsOwner;

use crate::forms::Form;
use crate::frame::go;
use crate::problem::Problem;
use crate::security::cookies;
use crate::state::Portal;
use crate::subscriber::offer;
use crate::visit::{Visit, by_subscriber};

/// Points of the named levels; "standard" is the operator's own default.
pub const STRICT: f64 = 3.5;
/// See [`STRICT`].
pub const GENTLE: f64 = 8.0;

/// Whose layer is changed, by whom.
#[derive(Clone, Debug)]
pub struct Change {
    /// Whose operator.
    pub operator: OperatorId,
    /// Whose settings.
    pub owner: SettingsOwner,
    /// Who changes them.
    pub by: String,
    /// Recorded reason; empty for a person's own change.
    pub note: String,
    /// The layer as stored.
    pub layer: Layer,
    /// Its version.
    pub version: i64,
}

impl Change {
    /// The layer of the person whom this visit is about.
    pub async fn own(portal: &Portal, visit: &Visit) -> Result<Self, Problem> {
        let own = visit.own()?;
        let owner = SettingsOwner::Subscriber(own.subscriber.id);
        let (version, layer) = portal.services.directory.layer_of(own.subscriber.operator, &owner).await?;
        Ok(Self { operator: own.subscriber.operator, owner, by: own.by, note: own.note, layer, version })
    }

    /// The operator's own layer.
    pub async fn of_operator(portal: &Portal, visit: &Visit) -> Result<Self, Problem> {
        let operator = visit.operator()?;
        let owner = SettingsOwner::Operator;
        let (version, layer) = portal.services.directory.layer_of(operator, &owner).await?;
        Ok(Self { operator, owner, by: visit.by(), note: String::new(), layer, version })
    }

    /// Whether a person's change stays within what the operator offers. What was set before stays, also where the profile
    /// has become narrower.
    async fn measure(&self, portal: &Portal, visit: &Visit) -> Result<(), Problem> {
        if !matches!(self.owner, SettingsOwner::Subscriber(_)) {
            return Ok(());
        }
        let profile = offer::profile(portal, self.operator).await?;
        let (_, before) = portal.services.directory.layer_of(self.operator, &self.owner).await?;
        let without = profile.without(&offer::contract(portal, visit).await?, visit.now);
        let measured = profile.measure_without(&before, &self.layer, &without);
        measured.map_err(|exceeded| Problem::BadField(offer::said(visit.words, &exceeded)))
    }

    /// The version that the form was made from, which has to be the one in force.
    fn must_be_current(&self, form: &Form) -> Result<i64, Problem> {
        let expected: i64 = form.text("version").parse().map_err(|_| Problem::BadForm)?;
        if expected == self.version { Ok(expected) } else { Err(Problem::Stale) }
    }

    /// Stores the changed layer if nobody else was faster than the form, and the operator offers what it holds. `what`
    /// names the change in the audit.
    pub async fn store(self, portal: &Portal, visit: &Visit, form: &Form, what: &str) -> Result<i64, Problem> {
        self.must_be_current(form)?;
        self.measure(portal, visit).await?;
        self.store_unmeasured(portal, visit, form, what).await
    }

    /// The same without asking what is offered: an earlier version can always be gone back to.
    pub async fn store_unmeasured(
        self,
        portal: &Portal,
        visit: &Visit,
        form: &Form,
        what: &str,
    ) -> Result<i64, Problem> {
        let expected = self.must_be_current(form)?;
        self.layer.check().map_err(|bad| Problem::BadField(bad.to_string()))?;
        let note = match (self.note.is_empty(), form.text("note")) {
            (true, note) => note,
            (false, note) if note.is_empty() => self.note.clone(),
            (false, note) => format!("{} ({note})", self.note),
        };
        let directory = &portal.services.directory;
        let version = directory
            .change_settings(self.operator, &self.owner, &self.layer, expected, &self.by, &visit.from, &note)
            .await?;
        // Who asked in a program is told; one visit stores once.
        let _ = visit.stored.set(version);
        let target = match &self.owner {
            SettingsOwner::Operator => "operator".to_owned(),
            SettingsOwner::Group(name) => format!("group:{name}"),
            SettingsOwner::Subscriber(id) => by_subscriber(*id),
        };
        let detail =
            if note.is_empty() { format!("{what} → {version}") } else { format!("{what} → {version}: {note}") };
        portal
            .records()
            .audit(&AuditRow {
                id: 0,
                operator: self.operator,
                at: visit.now,
                by: self.by,
                from: visit.from.clone(),
                action: "settings.change".into(),
                target,
                detail,
            })
            .await?;
        Ok(version)
    }
}

/// `level` of a form: the operator's default, a named one, or points of one's own.
pub fn apply_level(layer: &mut Layer, profile: &Profile, form: &Form, visit: &Visit) -> Result<(), Problem> {
    layer.threshold = match form.text("level").as_str() {
        "standard" => None,
        // A level of the operator's own profile.
        name if name.starts_with("named-") => {
            let id = name.trim_start_matches("named-");
            let level = profile.levels.named.iter().find(|level| level.id == id).ok_or(Problem::BadForm)?;
            Some(level.points)
        }
        "strict" => Some(STRICT),
        "gentle" => Some(GENTLE),
        "own" => {
            let points: f64 = form
                .text("points")
                .replace(',', ".")
                .parse()
                .ok()
                .filter(|points: &f64| points.is_finite())
                .ok_or_else(|| Problem::BadField(visit.words.say("field-points")))?;
            Some((points * 10.0).round() / 10.0)
        }
        _ => return Err(Problem::BadForm),
    };
    Ok(())
}

/// `action-<class>` of a form: a treatment, or empty for what comes from below.
pub fn apply_actions(layer: &mut Layer, form: &Form) -> Result<(), Problem> {
    for class in settable() {
        let name = form.text(&format!("action-{}", class.name()));
        if name.is_empty() {
            layer.actions.remove(&class);
        } else {
            layer.actions.insert(class, treatment(&name).ok_or(Problem::BadForm)?);
        }
    }
    Ok(())
}

/// Classes whose action can be chosen. Wanted mail is delivered.
pub fn settable() -> impl Iterator<Item = Class> {
    controls::CLASSES.into_iter().filter(|class| *class != Class::Wanted).rev()
}

/// How strict it is.
pub async fn level(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let profile = offer::profile(&portal, change.operator).await?;
    apply_level(&mut change.layer, &profile, &form, &visit)?;
    change.store(&portal, &visit, &form, "level").await?;
    Ok(go("/settings?done=saved"))
}

/// What happens to each kind.
pub async fn actions(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    apply_actions(&mut change.layer, &form)?;
    change.store(&portal, &visit, &form, "actions").await?;
    Ok(go("/settings?done=saved"))
}

/// How many days held mail waits.
pub async fn days(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let days = form.text("days");
    change.layer.retention_days = match days.as_str() {
        "" => None,
        days => Some(days.parse().map_err(|_| Problem::BadField(visit.words.say("field-days")))?),
    };
    change.store(&portal, &visit, &form, "days").await?;
    Ok(go("/settings?done=saved"))
}

/// The text of the subject label.
pub async fn label(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    change.layer.label = Some(form.text("label")).filter(|label| !label.is_empty());
    change.store(&portal, &visit, &form, "label").await?;
    Ok(go("/settings?done=saved"))
}

/// Whether hard words stand with their reading. The switch in the foot of this device's pages follows the setting again.
pub async fn furigana(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    change.layer.furigana = Some(form.ticked("furigana"));
    change.store(&portal, &visit, &form, "furigana").await?;
    let mut response = go("/settings?done=saved");
    if let Ok(cookie) = HeaderValue::from_str(&cookies::clear_furigana(visit.secure)) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// One class with what is chosen for it, as forms show it.
#[derive(Clone, Debug)]
pub struct ClassAction {
    /// The class by its stable name.
    pub class: &'static str,
    /// What this layer chose; empty: nothing.
    pub chosen: &'static str,
    /// What is in force where nothing is chosen.
    pub otherwise: &'static str,
}

/// Every class that can be chosen for. `below` are the settings without this layer.
pub fn class_actions(layer: &Layer, below: &Settings) -> Vec<ClassAction> {
    settable()
        .map(|class| ClassAction {
            class: class.name(),
            chosen: layer.actions.get(&class).map_or("", |treatment| treatment_name(*treatment)),
            otherwise: treatment_name(below.action(class)),
        })
        .collect()
}
