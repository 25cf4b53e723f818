use std::collections::BTreeSet;
use std::path::Path;

use super::message::{Failure, problem};
use crate::case::{Case, Cases};
use crate::record::Shard;
use crate::spec::{Catalogue, ClauseId};

/// What is to be run and to be judged.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Selection {
    /// The cases, built-in ones in the order of their paths, then the user's own.
    pub(super) cases: Vec<Case>,
    /// The clauses that count.
    pub(super) clauses: Vec<ClauseId>,
}

/// Returns the cases that the globs, files and clauses select, and the clauses that are judged: those given; else
/// those that the cases probe, where cases were chosen, to which whatever they contradict is added; else all. Without any case there must be something to explore.
pub(super) fn select(
    words: &[String],
    ids: &[String],
    shard: Option<Shard>,
    explores: bool,
) -> Result<Selection, Failure> {
    if explores && words.iter().all(|word| word == "none") && !words.is_empty() {
        let given = ids.iter().map(|id| clause(id)).collect::<Result<BTreeSet<ClauseId>, Failure>>()?;
        let all = || ClauseId::all().collect();
        let clauses = if given.is_empty() { all() } else { given.into_iter().collect() };
        return Ok(Selection { cases: Vec::new(), clauses });
    }
    let given = ids.iter().map(|id| clause(id)).collect::<Result<BTreeSet<ClauseId>, Failure>>()?;
    let builtin = builtin()?;
    let mut cases = chosen(words, builtin)?;
    if !given.is_empty() {
        cases.retain(|case| case.clauses.iter().any(|clause| given.contains(clause)));
    }
    if let Some(shard) = shard {
        cases = cases.into_iter().skip(shard.part - 1).step_by(shard.of).collect();
    }
    if cases.is_empty() {
        let why = match given.first() {
            Some(only) if given.len() == 1 => catalogue()?.clause(*only).and_then(|clause| clause.unprobed.as_deref()),
            _ => None,
        };
        return Err(problem::nothing_selected(ids, why));
    }
    let clauses = if !given.is_empty() {
        given.into_iter().collect()
    } else if words.is_empty() && shard.is_none() || explores {
        ClauseId::all().collect()
    } else {
        let probed: BTreeSet<ClauseId> = cases.iter().flat_map(|case| case.clauses.iter().copied()).collect();
        probed.into_iter().collect()
    };
    Ok(Selection { cases, clauses })
}

/// Returns the one case of that path, or of that file.
pub(super) fn one(word: &str) -> Result<Case, Failure> {
    if is_file(word) {
        return read(word);
    }
    let builtin = builtin()?;
    let path = word.strip_prefix("cases/").unwrap_or(word);
    builtin.get(path).cloned().ok_or_else(|| unknown(word, builtin))
}

/// Returns the clause of that id.
pub(super) fn clause(id: &str) -> Result<ClauseId, Failure> {
    ClauseId::from_name(id).ok_or_else(|| problem::no_clause(id, ClauseId::all().map(ClauseId::name)))
}

/// Returns the embedded cases.
pub(super) fn builtin() -> Result<&'static Cases, Failure> {
    Cases::builtin().map_err(|error| Failure::of(3, error))
}

/// Returns the embedded clauses.
pub(super) fn catalogue() -> Result<&'static Catalogue, Failure> {
    Catalogue::embedded().map_err(|error| Failure::of(3, error))
}

fn chosen(words: &[String], builtin: &Cases) -> Result<Vec<Case>, Failure> {
    if words.is_empty() {
        return Ok(builtin.iter().cloned().collect());
    }
    let (mut globs, mut files, mut none): (Vec<&str>, Vec<Case>, bool) = (Vec::new(), Vec::new(), false);
    for word in words {
        match word.as_str() {
            "none" => none = true,
            file if is_file(file) => {
                let case = read(file)?;
                if files.iter().all(|known| known.path != case.path) {
                    files.push(case);
                }
            }
            glob => {
                let matched = builtin.select(&[glob]).map_err(|error| problem::pattern(&error))?;
                if matched.is_empty() {
                    return Err(unknown(glob, builtin));
                }
                globs.push(glob);
            }
        }
    }
    if none && globs.is_empty() && files.is_empty() {
        return Err(problem::no_cases_at_all());
    }
    let mut cases: Vec<Case> =
        builtin.select(&globs).map_err(|error| problem::pattern(&error))?.into_iter().cloned().collect();
    cases.extend(files);
    Ok(cases)
}

fn unknown(word: &str, builtin: &Cases) -> Failure {
    let areas: BTreeSet<&str> = builtin.iter().filter_map(|case| case.path.split('/').next()).collect();
    let areas: Vec<&str> = areas.into_iter().collect();
    let globs: Vec<String> = areas.iter().map(|area| format!("{area}/*")).collect();
    let known = builtin.iter().map(|case| case.path.as_str()).chain(globs.iter().map(String::as_str));
    problem::no_case(word, known, &areas)
}

fn is_file(word: &str) -> bool {
    let path = Path::new(word);
    path.extension().is_some_and(|ending| ending == "toml") || path.is_file()
}

/// A case of the user's goes by the name of its file, so that it can be played again by it.
fn read(file: &str) -> Result<Case, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| problem::unreadable(Path::new(file), &error))?;
    let case = Case::parse(file, &text).map_err(|error| problem::case_file(&error))?;
    Ok(Case { path: file.to_owned(), ..case })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::spec::id;

    fn selected(words: &[&str], ids: &[&str], shard: Option<Shard>) -> Result<Selection, Failure> {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        select(&owned(words), &owned(ids), shard, false)
    }

    /// What is wrong, and the hint.
    fn refused(words: &[&str], ids: &[&str]) -> (String, String) {
        let failure = selected(words, ids, None).unwrap_err();
        assert_eq!(failure.code, 2);
        (failure.what, failure.hint)
    }

    #[test]
    fn without_a_choice_everything_is_judged() {
        let all = selected(&[], &[], None).unwrap();
        assert_eq!(all.cases.len(), builtin().unwrap().iter().len());
        assert_eq!(all.clauses.len(), ClauseId::all().len());
    }

    #[test]
    fn chosen_cases_are_judged_by_the_clauses_that_they_probe() {
        let some = selected(&["copy/target-taken"], &[], None).unwrap();
        assert_eq!(some.cases.len(), 1);
        assert!(some.clauses.contains(&id::COPY_TARGET_TAKEN));
        assert!(some.clauses.len() < 10);
    }

    #[test]
    fn a_chosen_clause_is_judged_alone_by_the_cases_that_probe_it() {
        let some = selected(&[], &["copy.target.taken"], None).unwrap();
        assert_eq!(some.clauses, [id::COPY_TARGET_TAKEN]);
        assert!(some.cases.len() > 1);
        assert!(some.cases.iter().all(|case| case.clauses.contains(&id::COPY_TARGET_TAKEN)));
    }

    #[test]
    fn shards_share_the_cases_out() {
        let whole = selected(&["copy/*"], &[], None).unwrap();
        let parts: Vec<Case> =
            (1..=3).flat_map(|part| selected(&["copy/*"], &[], Some(Shard { part, of: 3 })).unwrap().cases).collect();
        assert_eq!(parts.len(), whole.cases.len());
        assert!(whole.cases.iter().all(|case| parts.contains(case)));
    }

    #[test]
    fn unknown_words_are_refused_with_the_nearest() {
        for (words, ids, hint) in [
            (&["copy/target-takn"][..], &[][..], "did you mean `copy/target-taken`?"),
            (&["copi/*"], &[], "did you mean `copy/*`?"),
            (&[], &["copy.target.takn"], "did you mean `copy.target.taken`?"),
        ] {
            assert_eq!(refused(words, ids).1, hint);
        }
        assert_eq!(refused(&["copy/["], &[]).0.split(':').next(), Some("`copy/[` is no pattern"));
        assert_eq!(refused(&["nowhere/at-all"], &[]).0, "no case matches `nowhere/at-all`");
    }

    #[test]
    fn a_selection_of_nothing_is_refused() {
        assert_eq!(refused(&["copy/plain"], &["tags.list"]).0, "no selected case probes `tags.list`");
        assert_eq!(refused(&["none"], &[]).0.split(':').next(), Some("`--case none` leaves nothing to run"));
    }

    #[test]
    fn a_case_of_the_user_goes_by_its_file() {
        let file = std::env::temp_dir().join(format!("copysnap-select-{}.toml", std::process::id()));
        let text = builtin().unwrap().get("copy/plain").unwrap().render();
        std::fs::write(&file, text).unwrap();
        let word = file.to_str().unwrap();
        assert_eq!(selected(&[word, word], &[], None).unwrap().cases.len(), 1);
        assert_eq!(one(word).unwrap().path, word);
        std::fs::write(&file, "purpose = \"p\"\nclauses = [\"copy.suceeds\"]\n").unwrap();
        let failure = one(word).unwrap_err();
        assert!(failure.what.contains(&format!("`{word}:2:12`")), "{failure:?}");
        std::fs::remove_file(&file).unwrap();
    }
}
