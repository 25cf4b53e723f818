use serde::{Deserialize, Serialize};

use crate::service::{DescribeSnapshots, Text};
use crate::spec::{ClauseId, id};

/// What lists are filtered by, and the clause of each: of several that may be to blame, the first is.
const KINDS: [fn(&DescribeSnapshots) -> Option<ClauseId>; 3] = [
    |call| match call.source.as_deref()? {
        "user" => Some(id::DESCRIBE_SOURCE_USER),
        _ => Some(id::DESCRIBE_SOURCE_SYSTEM),
    },
    |call| is_given(call.group.as_ref()).then_some(id::DESCRIBE_GROUP_FILTER),
    |call| is_given(call.cluster.as_ref()).then_some(id::DESCRIBE_CLUSTER_FILTER),
];

fn is_given(filter: Option<&Text>) -> bool {
    filter.is_some_and(|filter| !filter.is_empty())
}

/// Returns the kinds of filters of a describe, a bit each.
fn kinds(call: &DescribeSnapshots) -> usize {
    KINDS.iter().enumerate().filter(|(_, clause)| clause(call).is_some()).map(|(place, _)| 1 << place).sum()
}

/// Returns the clause of the first filter of a describe; `None` where it has none.
pub(super) fn first(call: &DescribeSnapshots) -> Option<ClauseId> {
    KINDS.iter().find_map(|clause| clause(call))
}

/// With which filters a list has shown a snapshot: a bit for each set of their kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::oracle) struct Listed(u8);

impl Listed {
    /// Notes that a list shows it.
    pub(super) fn note(&mut self, call: &DescribeSnapshots) {
        self.0 |= 1 << kinds(call);
    }

    /// Takes over from what may be true instead: what was shown in either case.
    pub(in crate::oracle) fn join(&mut self, other: Self) {
        self.0 &= other.0;
    }

    /// Returns the clause of the filter that keeps it from a list which does not show it: one with which the list shows
    /// less than without. `None` where no list without one of the filters has shown it.
    pub(super) fn withheld_by(self, call: &DescribeSnapshots) -> Option<ClauseId> {
        let asked = kinds(call);
        let is_shown = |fewer: usize| fewer & asked == fewer && fewer != asked && self.0 >> fewer & 1 == 1;
        let most = (0..1 << KINDS.len()).filter(|fewer| is_shown(*fewer)).max_by_key(|fewer| fewer.count_ones())?;
        let to_blame = KINDS.iter().enumerate().filter(|(place, _)| (asked & !most) >> place & 1 == 1);
        to_blame.into_iter().find_map(|(_, clause)| clause(call))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::text;

    fn list(source: Option<&str>, group: Option<&str>) -> DescribeSnapshots {
        DescribeSnapshots { source: source.map(text), group: group.map(text), ..DescribeSnapshots::default() }
    }

    #[test]
    fn a_filter_is_to_blame_that_lists_without_it_show_more_than() {
        let (all, user, both) = (list(None, None), list(Some("user"), None), list(Some("user"), Some("g")));
        let of_group = list(None, Some("g"));
        let shown = |lists: &[&DescribeSnapshots]| {
            let mut listed = Listed::default();
            lists.iter().for_each(|list| listed.note(list));
            listed
        };
        assert_eq!(shown(&[]).withheld_by(&both), None);
        assert_eq!(shown(&[&user, &both]).withheld_by(&all), None, "without filters nothing is withheld by one");
        assert_eq!(shown(&[&both]).withheld_by(&both), None, "a list is not held against itself");
        assert_eq!(shown(&[&all]).withheld_by(&of_group), Some(id::DESCRIBE_GROUP_FILTER));
        assert_eq!(shown(&[&user]).withheld_by(&of_group), None, "what another filter lets through says nothing");
        assert_eq!(
            shown(&[&all]).withheld_by(&both),
            Some(id::DESCRIBE_SOURCE_USER),
            "either may be, and one is named"
        );
        assert_eq!(shown(&[&all, &of_group]).withheld_by(&both), Some(id::DESCRIBE_SOURCE_USER));
        assert_eq!(shown(&[&all, &user]).withheld_by(&both), Some(id::DESCRIBE_GROUP_FILTER));
    }
}
