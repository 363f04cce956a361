//! What every page can reach: the services of the checkpoint, the options of the machine, the clock.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use checkpoint::{Directory, Door, Junk, Learning, Stores};
use ipnet::IpNet;
use message::UnixMillis;
use store::records::signin::Role;
use store::{Counters, Records};

use crate::digest::links::Links;
use crate::mailer::CodeMail;
use crate::operator::in_use::Counting;
use crate::security::passwords::Passwords;
use crate::sms::Gateway;

/// What the pages call.
#[derive(Clone)]
pub struct Services {
    /// Records, counters, blobs.
    pub stores: Stores,
    /// Addresses and settings.
    pub directory: Arc<Directory>,
    /// Held mail.
    pub junk: Arc<Junk>,
    /// What people teach.
    pub learning: Arc<Learning>,
    /// What the door remembers: who was asked to come again.
    pub door: Arc<Door>,
}

/// What the machine's configuration says about the portal.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The listener speaks TLS: cookies are `Secure`.
    pub tls: bool,
    /// Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub proxies: Vec<IpNet>,
    /// Key from which one-time codes are hashed. The same after a restart and on every node.
    pub secret: [u8; 32],
    /// The operator's gateway for messages to telephones.
    pub sms: Option<Arc<Gateway>>,
    /// Staff roles that need a second factor.
    pub second_factor: Vec<Role>,
    /// Staff roles that do not come in by a password once they have a passkey or the OpenID provider.
    pub without_password: Vec<Role>,
    /// The OpenID provider of the staff.
    #[cfg(feature = "oidc")]
    pub oidc: Option<Arc<crate::security::oidc::Provider>>,
    /// Requests a minute that one program may make; 0: the shipped bound.
    pub api_per_minute: u32,
    /// Categories of links that people can choose.
    pub url_categories: UrlCategories,
    /// Where people find the pages, without a slash at the end, for links in mail; empty: no mail with links is sent.
    pub url: String,
    /// Countries of networks, where the operator gives a table.
    pub countries: Countries,
}

/// Tells the country of an address, two letters of ISO 3166; by default nothing is known.
#[derive(Clone, Default)]
pub struct Countries(pub Option<Arc<CountryOf>>);

/// Looks up an address.
pub type CountryOf = dyn Fn(IpAddr) -> Option<String> + Send + Sync;

impl Countries {
    /// The country.
    pub fn of(&self, ip: IpAddr) -> Option<String> {
        self.0.as_ref().and_then(|find| find(ip))
    }
}

impl std::fmt::Debug for Countries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Countries" } else { "no countries" })
    }
}

impl Options {
    /// What the OpenID provider of the staff is called; empty where there is none.
    pub fn provider_name(&self) -> String {
        #[cfg(feature = "oidc")]
        if let Some(provider) = &self.oidc {
            return provider.settings.name.clone();
        }
        String::new()
    }
}

/// Tells the names of the categories that the operator's lists of addresses have now; by default there are none.
#[derive(Clone, Default)]
pub struct UrlCategories(pub Option<Arc<dyn Fn() -> Vec<String> + Send + Sync>>);

impl UrlCategories {
    /// The names.
    pub fn names(&self) -> Vec<String> {
        self.0.as_ref().map(|names| names()).unwrap_or_default()
    }
}

impl std::fmt::Debug for UrlCategories {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// Tells the time. Tests bring their own.
pub type Clock = Arc<dyn Fn() -> UnixMillis + Send + Sync>;

/// Everything the pages need. Cheap to clone.
#[derive(Clone)]
pub struct Portal(Arc<Parts>);

/// The parts of a [`Portal`].
pub struct Parts {
    /// What the pages call.
    pub services: Services,
    /// What the machine's configuration says.
    pub options: Options,
    /// Who sends one-time codes.
    pub mail: Arc<dyn CodeMail>,
    /// Verifies passwords, a bounded number at a time.
    pub passwords: Passwords,
    /// Links in mail.
    pub links: Links,
    /// Who counts settings in use at this moment.
    pub counting: Counting,
    clock: Clock,
}

impl Portal {
    /// A portal on the machine's clock.
    pub fn new(services: Services, options: Options, mail: Arc<dyn CodeMail>) -> Self {
        Self::with_clock(services, options, mail, Arc::new(checkpoint::stores::now))
    }

    /// A portal on another clock.
    pub fn with_clock(services: Services, options: Options, mail: Arc<dyn CodeMail>, clock: Clock) -> Self {
        let links = Links::new(&options.secret);
        let counting = Counting::default();
        Self(Arc::new(Parts { services, options, mail, passwords: Passwords::new(), links, counting, clock }))
    }
}

impl Deref for Portal {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Parts {
    /// The time now.
    pub fn now(&self) -> UnixMillis {
        (self.clock)()
    }

    /// The rows.
    pub fn records(&self) -> &dyn Records {
        &*self.services.stores.records
    }

    /// The limits.
    pub fn counters(&self) -> &dyn Counters {
        &*self.services.stores.counters
    }
}
