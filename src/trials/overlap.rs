mod brute;
mod model;
mod table;

use libtest_mimic::Trial;

use super::trial;

/// Returns the trials about histories of overlapping calls; `full` asks for as many as are asked for.
pub(super) fn trials(full: bool) -> Vec<Trial> {
    let (small, conforming) = if full { (100_000, 200_000) } else { (1_000, 400) };
    let mut trials = table::trials();
    trials.push(trial("overlap", "overlap", "small histories are judged as by trying every order", move || {
        brute::agrees(small)
    }));
    trials.push(trial("overlap", "overlap", "what the model does at the same time is never contradicted", move || {
        model::sound(conforming, false)
    }));
    trials.push(trial("overlap", "overlap", "nor where answers are lost", move || model::sound(conforming, true)));
    trials
}
