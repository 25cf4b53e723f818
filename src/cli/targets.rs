use super::args::TargetsAction;
use super::message::{Failure, err, list, out, problem};
use super::reach::named;
use crate::launch::Cache;
use crate::target::Target;

/// Lists the built-in targets, or installs one.
pub(super) fn targets(action: Option<&TargetsAction>) -> Result<u8, Failure> {
    match action {
        None => list_all(),
        Some(TargetsAction::Install { name }) => install(name),
    }
}

fn list_all() -> Result<u8, Failure> {
    let cache = Cache::of_user().ok();
    let mut rows = Vec::new();
    for name in Target::names() {
        let target = Target::builtin(name).map_err(|error| problem::target(&error))?;
        let state = match (&target.launch, &cache) {
            (None, _) => list::Presence::Remote,
            (Some(recipe), _) if recipe.install.is_built_in() => list::Presence::BuiltIn,
            (Some(_), Some(cache)) if cache.installed(&target).is_some() => list::Presence::Installed,
            (Some(_), _) => list::Presence::Absent,
        };
        rows.push((target, state));
    }
    out(&list::targets(&rows, super::reports::width()));
    Ok(0)
}

fn install(name: &str) -> Result<u8, Failure> {
    let (target, _) = named(name)?;
    let cache = Cache::of_user().map_err(|error| problem::launch(&error))?;
    let mut progress = |line: &str| err(&list::installing(name, line));
    let program = cache.install(&target, &mut progress).map_err(|error| problem::launch(&error))?;
    out(&list::installed(&target, &program));
    Ok(0)
}
