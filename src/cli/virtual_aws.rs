use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::message::{Failure, out, problem};
use super::session::random;
use crate::ledger::create_private;
use crate::refserver::{Rates, Sessions, VirtualAws};

/// What a virtual AWS is like.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Virtual AWS")]
pub(super) struct VirtualArgs {
    /// Be as hard as AWS: sessions, denials, throttling, lost answers, AWS's times, and others' resources.
    #[arg(long, conflicts_with_all = ["settle", "control", "require_sigv4"])]
    pub(super) virtual_aws: bool,
    /// Be so many times faster than AWS, where creating takes 30 to 90 seconds [default: 100].
    #[arg(long, value_name = "N", requires = "virtual_aws", value_parser = scale)]
    pub(super) time_scale: Option<f64>,
    /// Refuse this share of all requests as too much, in bursts [default: 0.05].
    #[arg(long, value_name = "RATE", requires = "virtual_aws", value_parser = rate)]
    pub(super) throttle: Option<f64>,
    /// Answer this share with 500, half of it after they were done [default: 0.005].
    #[arg(long, value_name = "RATE", requires = "virtual_aws", value_parser = rate)]
    pub(super) errors: Option<f64>,
    /// Break the connection of this share, half of it after they were done [default: 0.005].
    #[arg(long, value_name = "RATE", requires = "virtual_aws", value_parser = rate)]
    pub(super) drops: Option<f64>,
    /// Let this share of all copies fail [default: 0.01].
    #[arg(long, value_name = "RATE", requires = "virtual_aws", value_parser = rate)]
    pub(super) failed_copies: Option<f64>,
    /// Deny the caller an action, as in `CopySnapshot`; may be given again.
    #[arg(long, value_name = "ACTION", requires = "virtual_aws")]
    pub(super) deny: Vec<String>,
    /// The seed of what goes wrong and how long things take [default: random].
    #[arg(long, value_name = "S", requires = "virtual_aws", value_parser = super::args::seed)]
    pub(super) seed: Option<u64>,
    /// Write the credentials to this file in place of printing them.
    #[arg(long, value_name = "FILE", requires = "virtual_aws")]
    pub(super) credentials: Option<PathBuf>,
    /// Write down, a line of JSON each, what touches others' resources.
    #[arg(long, value_name = "FILE", requires = "virtual_aws")]
    pub(super) audit: Option<PathBuf>,
}

impl VirtualArgs {
    /// Returns what it is to be like.
    pub(super) fn options(&self) -> Result<VirtualAws, Failure> {
        let usual = Rates::default();
        let audit = self.audit.as_deref().map(|path| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            file.map(Arc::new).map_err(|error| problem::unwritable(path, &error))
        });
        Ok(VirtualAws {
            rates: Rates {
                throttled: self.throttle.unwrap_or(usual.throttled),
                errors: self.errors.unwrap_or(usual.errors),
                dropped: self.drops.unwrap_or(usual.dropped),
                failed_copies: self.failed_copies.unwrap_or(usual.failed_copies),
            },
            denied: self.deny.clone(),
            audit: audit.transpose()?,
            ..VirtualAws::scaled(self.seed.unwrap_or_else(random), self.time_scale.unwrap_or(VirtualAws::TIME_SCALE))
        })
    }

    /// Prints the credentials, or writes them where that was asked.
    pub(super) fn tell(&self, sessions: &Sessions) -> Result<(), Failure> {
        match &self.credentials {
            None => out(&sessions.file()),
            Some(path) => write(path, &sessions.file()).map_err(|error| problem::unwritable(path, &error))?,
        }
        Ok(())
    }
}

/// Writes a file that nobody else may read.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    create_private(path)?.write_all(text.as_bytes())
}

/// Reads a share of all, 0 to 1.
fn rate(word: &str) -> Result<f64, String> {
    let rate = word.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
    rate.ok_or_else(|| "a rate is 0 to 1, as in 0.2".to_owned())
}

/// Reads how many times faster.
fn scale(word: &str) -> Result<f64, String> {
    let scale = word.parse().ok().filter(|scale| (1.0..=10_000.0).contains(scale));
    scale.ok_or_else(|| "a time scale is 1 to 10000".to_owned())
}
