use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::args::TargetArgs;
use crate::target::Target;

/// The longest name of a ledger that is made of the folder of its reports.
const LONGEST: usize = 120;

/// Returns where the ledger is: where the arguments say, else beside the reports. What costs money must not be forgotten
/// with a folder that is cleaned, so that its ledger is in the user's data folder, where there is one.
pub(super) fn path(arguments: &TargetArgs, target: &Target, out: &Path) -> PathBuf {
    let beside = || out.join("ledger.jsonl");
    if let Some(path) = &arguments.ledger {
        return path.clone();
    }
    if !target.costs_money {
        return beside();
    }
    let whole = std::path::absolute(out).unwrap_or_else(|_| out.to_owned());
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = whole.display().to_string().chars().map(plain).collect();
    let name: String = name.chars().skip(name.chars().count().saturating_sub(LONGEST)).collect();
    etcetera::choose_base_strategy().map_or_else(
        |_| beside(),
        |strategy| {
            let folder = strategy.data_dir().join("copysnap").join("ledgers");
            folder.join(format!("{}{}.jsonl", target.name, name))
        },
    )
}
