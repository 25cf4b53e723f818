//! Targets as data: how an endpoint is reached, what it has, what may be asked of it, and how it is started.
//!
//! In: the text of a target.toml, the name of a built-in target, or a URL. Out: a [`Target`]. Nothing here opens a file
//! or a connection, starts a program, or decides a verdict; no target is known here by its name.

mod aws;
mod capability;
mod misread;
mod near;
mod prices;
mod read;
mod recipe;

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;

pub use aws::{Variant, is_aws};
pub use capability::Capability;
pub use misread::Misread;
pub use prices::Prices;
pub(crate) use read::place;
use read::reworded;
pub use recipe::{Install, Recipe};

/// The built-in targets: name, target file, its text.
const BUILTIN: &[(&str, &str, &str)] = &[
    ("reference", "snapshots/reference/target.toml", include_str!("../snapshots/reference/target.toml")),
    ("moto", "snapshots/moto/target.toml", include_str!("../snapshots/moto/target.toml")),
    ("ministack", "snapshots/ministack/target.toml", include_str!("../snapshots/ministack/target.toml")),
    ("fakecloud", "snapshots/fakecloud/target.toml", include_str!("../snapshots/fakecloud/target.toml")),
    ("virtual-aws", "snapshots/virtual-aws/target.toml", include_str!("../snapshots/virtual-aws/target.toml")),
    ("aws", "snapshots/aws/target.toml", include_str!("../snapshots/aws/target.toml")),
];

/// How many twins there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Twins {
    /// Every refusal has a twin in its own case.
    Case,
    /// Refusals may share one in the whole run.
    Run,
}

/// How many base snapshots there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// One a lane.
    Lane,
    /// One for the whole run.
    Run,
}

/// How what has not settled is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Polls {
    /// By its name, each for itself.
    Name,
    /// In one list for all lanes, and by its name once that shows it at rest.
    List,
}

/// How much of what a target sends is taken, so that none can hold up a run or fill the memory.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub struct Limits {
    /// `connect-s`: how long a connection may take to be made; default 5 s, and never more than half of `request-limit-s`.
    #[serde(rename = "connect-s", deserialize_with = "read::seconds")]
    pub connect: Duration,
    /// `gone-s`: for how long a target may take no connection, as one that restarts, before it is taken to be gone and the run
    /// ends; default 30 s.
    #[serde(rename = "gone-s", deserialize_with = "read::seconds")]
    pub gone: Duration,
    /// `body-kib`: how much of an answer's body is read, in KiB; default 4096. What goes over it is no answer.
    #[serde(rename = "body-kib", deserialize_with = "read::kibibytes")]
    pub body: usize,
    /// `kept-kib`: how much of a body the log keeps, in KiB; default 256. What goes over it can't be judged anew.
    #[serde(rename = "kept-kib", deserialize_with = "read::kibibytes")]
    pub kept: usize,
    /// `pages`: how many pages of a list are looked at; default 60.
    #[serde(deserialize_with = "read::pages")]
    pub pages: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            gone: Duration::from_secs(30),
            body: 4 << 20,
            kept: 256 << 10,
            pages: 60,
        }
    }
}

/// A thing to test: how it is reached, its limits, and what it declares to have.
///
/// In target.toml, the keys are these fields in kebab case; durations end in their unit (`settle-limit-s`,
/// `poll-start-ms`). Every key but `name` may be left out.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub struct Target {
    /// Lower-case letters, digits and hyphens; needed.
    #[serde(deserialize_with = "read::name")]
    pub name: String,
    /// The product's version, where it is known; needed to install it.
    pub version: Option<String>,
    /// What it is, in a line; default empty.
    pub about: String,
    /// How a user comes by it, in a line; default empty.
    pub how_to_get: String,
    /// The URL of ElastiCache, `{region}` standing for the region; default none: it is started, or given by the user.
    #[serde(deserialize_with = "read::url")]
    pub endpoint: Option<String>,
    /// The region that requests are signed for; default `us-east-1`.
    #[serde(deserialize_with = "read::region")]
    pub region: String,
    /// The URL of S3, `{region}` standing for the region; default the endpoint.
    #[serde(deserialize_with = "read::url")]
    pub s3_endpoint: Option<String>,
    /// The URL of STS, `{region}` standing for the region; default the endpoint.
    #[serde(deserialize_with = "read::url")]
    pub sts_endpoint: Option<String>,
    /// The account of 12 digits that the target keeps snapshots in; default none: it is asked.
    #[serde(deserialize_with = "read::account")]
    pub account: Option<String>,
    /// A second account of 12 digits, reached by using it as the access key; default none. Grants `other-account`.
    #[serde(deserialize_with = "read::account")]
    pub other_account: Option<String>,
    /// Another region in which the target has snapshots of its own; default none. Grants `other-region`.
    #[serde(deserialize_with = "read::other_region")]
    pub other_region: Option<String>,
    /// A KMS key that copies may be encrypted with, an ARN; default none. Grants `kms-key`.
    pub kms_key: Option<String>,
    /// `settle-limit-s`: how long something may take to settle; default 60 s.
    #[serde(rename = "settle-limit-s", deserialize_with = "read::seconds")]
    pub settle_limit: Duration,
    /// `request-limit-s`: how long a request may take before it is given up as indeterminate; default 10 s.
    #[serde(rename = "request-limit-s", deserialize_with = "read::seconds")]
    pub request_limit: Duration,
    /// `poll-start-ms`: the shortest interval between two looks at something unsettled; default 5 ms.
    #[serde(rename = "poll-start-ms", deserialize_with = "read::milliseconds")]
    pub poll_start: Duration,
    /// `poll-most-ms`: the longest such interval; default 250 ms.
    #[serde(rename = "poll-most-ms", deserialize_with = "read::milliseconds")]
    pub poll_most: Duration,
    /// `pace-per-s`: how many requests may be sent in a second, over all lanes; default none: as many as can be.
    #[serde(rename = "pace-per-s", deserialize_with = "read::pace")]
    pub pace: Option<f64>,
    /// How many cases run side by side, at least 1; default 4.
    #[serde(deserialize_with = "read::lanes")]
    pub lanes: usize,
    /// Whether refusals share their twin; default `case`: they don't.
    pub twins: Twins,
    /// How many base snapshots are made; default `lane`: one a lane.
    pub base: Base,
    /// How what has not settled is looked at; default `name`: by its name.
    pub polls: Polls,
    /// How many generated sequences are tried unless `--explore` says otherwise; default 50.
    pub explore: u32,
    /// The most copies that a case may ask for; default none: as many as it likes.
    pub copies: Option<u32>,
    /// From how many manual snapshots of a node in 24 hours on its quota may refuse another; default 20.
    pub snapshots_per_node: u32,
    /// The most snapshots that a run may make, the base among them; default none: as many as the cases need.
    pub snapshots_per_run: Option<u32>,
    /// The most requests that a run may send; default none: as many as the cases need.
    pub requests_per_run: Option<u32>,
    /// `[prices]`: what things cost there; default none.
    pub prices: Option<Prices>,
    /// Whether what is made there is charged for, so that the ledger is synced to disk; default false.
    pub costs_money: bool,
    /// What it declares to have; default nothing.
    pub capabilities: BTreeSet<Capability>,
    /// Whether it was given by its URL, so that nothing says what it has and it is tried; never in a file.
    #[serde(skip)]
    pub undeclared: bool,
    /// Whether it is AWS itself, so that a disagreement means that the model is wrong; default false.
    pub authority: bool,
    /// `[limits]`: how much of what it sends is taken.
    pub limits: Limits,
    /// `[launch]`: how it is installed and started here; default none: it can't be.
    pub launch: Option<Recipe>,
}

/// For how long something is waited for that a target need not have.
const MOMENT: Duration = Duration::from_millis(500);

impl Default for Target {
    /// Returns a target without a name that has every default.
    fn default() -> Self {
        Self {
            name: String::new(),
            version: None,
            about: String::new(),
            how_to_get: String::new(),
            endpoint: None,
            region: "us-east-1".to_owned(),
            s3_endpoint: None,
            sts_endpoint: None,
            account: None,
            other_account: None,
            other_region: None,
            kms_key: None,
            settle_limit: Duration::from_secs(60),
            request_limit: Duration::from_secs(10),
            poll_start: Duration::from_millis(5),
            poll_most: Duration::from_millis(250),
            pace: None,
            lanes: 4,
            twins: Twins::Case,
            base: Base::Lane,
            polls: Polls::Name,
            explore: 50,
            copies: None,
            snapshots_per_node: 20,
            snapshots_per_run: None,
            requests_per_run: None,
            prices: None,
            costs_money: false,
            capabilities: BTreeSet::new(),
            undeclared: false,
            authority: false,
            limits: Limits::default(),
            launch: None,
        }
    }
}

impl Target {
    /// Returns the names of the built-in targets, in the order in which they are listed to users.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _, _)| *name)
    }

    /// Returns the built-in target of that name.
    ///
    /// # Errors
    ///
    /// [`TargetError::Unknown`] where none has the name, with the nearest name as a hint; [`TargetError::Malformed`]
    /// never, as a test reads every built-in file.
    pub fn builtin(name: &str) -> Result<Self, TargetError> {
        let Some((_, file, text)) = BUILTIN.iter().find(|(known, _, _)| *known == name) else {
            let names: Vec<&str> = Self::names().collect();
            let hint = match near::nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("built in are {}; or give a target file, or --endpoint URL", names.join(", ")),
            };
            return Err(TargetError::Unknown { name: name.to_owned(), hint });
        };
        Self::parse(text, file)
    }

    /// Returns the target that the text of a target file describes; `file` is what errors call it.
    ///
    /// # Errors
    ///
    /// [`TargetError::Malformed`] where the text is no TOML, has a key or word that is not known, lacks one that is
    /// needed, or contradicts itself; with line and column.
    pub fn parse(text: &str, file: &str) -> Result<Self, TargetError> {
        let mut target: Self =
            toml::from_str(text).map_err(|error| TargetError::Malformed(Misread::toml(text, file, &error)))?;
        if let Some((key, what)) = target.contradiction() {
            return Err(read::at_key(key, what, text, file));
        }
        if target.kms_key.is_some() {
            target.capabilities.insert(Capability::KmsKey);
        }
        if target.other_region.is_some() {
            target.capabilities.insert(Capability::OtherRegion);
        }
        if target.other_account.is_some() {
            target.capabilities.insert(Capability::OtherAccount);
        }
        Ok(target)
    }

    /// Returns a target called `endpoint` that is reached at `url` and declares S3 alone.
    ///
    /// # Errors
    ///
    /// [`TargetError::Url`] where `url` is none of `http` or `https`.
    pub fn for_endpoint(url: &str) -> Result<Self, TargetError> {
        let endpoint = read::checked_url(url).map_err(|what| TargetError::Url {
            url: read::shown_url(url),
            what,
            hint: if url.contains("://") {
                None
            } else {
                Some(format!("did you mean `http://{}`?", read::shown_url(url)))
            },
        })?;
        Ok(Self {
            name: "endpoint".to_owned(),
            about: "an endpoint given by its URL".to_owned(),
            endpoint: Some(endpoint),
            capabilities: BTreeSet::from([Capability::S3]),
            undeclared: true,
            ..Self::default()
        })
    }

    /// Tells whether the target declares the capability.
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// Returns for how long a backup is waited for that the target makes by itself: for long where it declares such, a
    /// moment where it was given by its URL, `None` where it declares none.
    #[must_use]
    pub fn automatic_backups_within(&self) -> Option<Duration> {
        if self.has(Capability::AutomaticBackups) {
            return Some(self.settle_limit);
        }
        (self.undeclared && !self.costs_money).then_some(MOMENT)
    }

    /// Returns the target with a KMS key, and the capability that comes with it.
    #[must_use]
    pub fn with_kms_key(mut self, arn: &str) -> Self {
        self.kms_key = Some(arn.to_owned());
        self.capabilities.insert(Capability::KmsKey);
        self
    }

    /// Returns the target with S3 at that URL, and the capability that comes with it.
    ///
    /// # Errors
    ///
    /// [`TargetError::Url`] where `url` is none of `http` or `https`.
    pub fn with_s3_endpoint(mut self, url: &str) -> Result<Self, TargetError> {
        self.s3_endpoint = Self::for_endpoint(url)?.endpoint;
        self.capabilities.insert(Capability::S3);
        Ok(self)
    }

    /// Returns the target with a second account, and the capability that comes with it.
    ///
    /// # Errors
    ///
    /// [`TargetError::Account`] where it is not 12 digits.
    pub fn with_other_account(mut self, account: &str) -> Result<Self, TargetError> {
        if !read::is_account(account) {
            return Err(TargetError::Account { account: account.to_owned() });
        }
        self.other_account = Some(account.to_owned());
        self.capabilities.insert(Capability::OtherAccount);
        Ok(self)
    }

    /// Returns the target with another region, and the capability that comes with it.
    #[must_use]
    pub fn with_other_region(mut self, region: &str) -> Self {
        self.other_region = Some(region.to_owned());
        self.capabilities.insert(Capability::OtherRegion);
        self
    }

    /// Returns the URL of ElastiCache in the other region; `None` where it is the same.
    #[must_use]
    pub fn other_region_url(&self) -> Option<String> {
        let url = self.endpoint.as_deref().filter(|url| url.contains(read::REGION))?;
        Some(url.replace(read::REGION, self.other_region.as_deref()?))
    }

    /// Returns the URL of ElastiCache in the target's region, `None` where the target has yet to be started.
    #[must_use]
    pub fn endpoint_url(&self) -> Option<String> {
        self.endpoint.as_deref().map(|url| self.in_region(url))
    }

    /// Returns the URL of S3 in the target's region, that of ElastiCache where it has none of its own.
    #[must_use]
    pub fn s3_url(&self) -> Option<String> {
        self.s3_endpoint.as_deref().map(|url| self.in_region(url)).or_else(|| self.endpoint_url())
    }

    /// Returns the URL of STS in the target's region, that of ElastiCache where it has none of its own.
    #[must_use]
    pub fn sts_url(&self) -> Option<String> {
        self.sts_endpoint.as_deref().map(|url| self.in_region(url)).or_else(|| self.endpoint_url())
    }

    fn in_region(&self, url: &str) -> String {
        url.replace(read::REGION, &self.region)
    }

    fn contradiction(&self) -> Option<(&'static str, String)> {
        if self.name.is_empty() {
            return Some(("name", "the target has no `name`".to_owned()));
        }
        if self.poll_start > self.poll_most {
            return Some(("poll-start-ms", "`poll-start-ms` is more than `poll-most-ms`".to_owned()));
        }
        for (capability, given) in [
            (Capability::KmsKey, self.kms_key.is_some()),
            (Capability::OtherRegion, self.other_region.is_some()),
            (Capability::OtherAccount, self.other_account.is_some()),
        ] {
            if self.has(capability) && !given {
                let word = capability.word();
                return Some(("capabilities", format!("capability `{word}` is declared but no `{word}` is given")));
            }
        }
        let versioned = self.launch.as_ref().is_some_and(|recipe| recipe.install.is_versioned());
        if versioned && self.version.is_none() {
            return Some(("[launch]", "the target is to be installed but has no `version`".to_owned()));
        }
        None
    }
}

/// Why there is no such target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// A target file can't be understood.
    #[error(transparent)]
    Malformed(Misread),
    /// No built-in target has the name.
    #[error("no built-in target is called `{name}`")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The nearest name, or all of them.
        hint: String,
    },
    /// A URL can't be one of an endpoint.
    #[error("`{url}` is no URL of an endpoint: {what}")]
    Url {
        /// The text given.
        url: String,
        /// What is wrong with it.
        what: String,
        /// How to mend it, where that can be guessed.
        hint: Option<String>,
    },
    /// An account is not 12 digits.
    #[error("`{account}` is no account: an account is 12 digits")]
    Account {
        /// The text given.
        account: String,
    },
}

impl TargetError {
    /// Returns how to mend it, where that can be guessed.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Malformed(Misread { hint, .. }) | Self::Url { hint, .. } => hint.as_deref(),
            Self::Unknown { hint, .. } => Some(hint),
            Self::Account { .. } => None,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests;
