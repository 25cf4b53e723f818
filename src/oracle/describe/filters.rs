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

/// With which filters a list has shown a snapshot, and with which it has lacked it: a bit for each set of their kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::oracle) struct Listed {
    shown: u8,
    lacked: u8,
}

impl Listed {
    /// Notes that a list shows it.
    pub(super) fn note(&mut self, call: &DescribeSnapshots) {
        self.shown |= 1 << kinds(call);
    }

    /// Notes that a list lacks it.
    pub(super) fn lack(&mut self, call: &DescribeSnapshots) {
        self.lacked |= 1 << kinds(call);
    }

    /// Takes over from what may be true instead: what was shown in either case.
    pub(in crate::oracle) fn join(&mut self, other: Self) {
        self.shown &= other.shown;
        self.lacked &= other.lacked;
    }

    /// Returns the clause of the filter that keeps it from a list which does not show it: the one that lists show it
    /// without, and not with. `None` where no list with fewer filters has shown it.
    pub(super) fn withheld_by(self, call: &DescribeSnapshots) -> Option<ClauseId> {
        let asked = kinds(call);
        let is_in = |bits: u8, kinds: usize| bits >> kinds & 1 == 1;
        let is_shown = |fewer: &usize| fewer & asked == *fewer && *fewer != asked && is_in(self.shown, *fewer);
        let most = (0..1 << KINDS.len()).filter(is_shown).max_by_key(|fewer| fewer.count_ones())?;
        let kinds = || (0..KINDS.len()).filter(|place| (asked & !most) >> place & 1 == 1);
        let lacks = |place: &usize| is_in(self.lacked, most | 1 << place);
        let to_blame = kinds().find(lacks).or_else(|| kinds().next())?;
        KINDS.get(to_blame).and_then(|clause| clause(call))
    }

    /// Returns the list that tells more of which filter keeps it from the one asked for; `None` where enough is known.
    pub(super) fn to_ask(self, call: &DescribeSnapshots) -> Option<DescribeSnapshots> {
        let is_known = |fewer: &DescribeSnapshots| (self.shown | self.lacked) >> kinds(fewer) & 1 == 1;
        let of_owner = DescribeSnapshots {
            group: call.group.clone(),
            cluster: call.cluster.clone(),
            ..DescribeSnapshots::default()
        };
        let all = DescribeSnapshots::default();
        if self.lacked & 1 == 1 {
            return None;
        }
        [all, of_owner].into_iter().find(|fewer| kinds(fewer) != kinds(call) && !is_known(fewer))
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
        let mut listed = shown(&[&all]);
        listed.lack(&of_group);
        assert_eq!(listed.withheld_by(&both), Some(id::DESCRIBE_GROUP_FILTER), "it alone withholds it");
    }

    #[test]
    fn lists_with_fewer_filters_are_asked_for_until_it_is_known_which_withholds() {
        let (all, user, both) = (list(None, None), list(Some("user"), None), list(Some("user"), Some("g")));
        let of_group = list(None, Some("g"));
        let mut listed = Listed::default();
        assert_eq!(listed.to_ask(&all), None);
        assert_eq!(listed.to_ask(&user), Some(all.clone()));
        assert_eq!(listed.to_ask(&both), Some(all.clone()));
        listed.note(&all);
        assert_eq!(listed.to_ask(&user), None);
        assert_eq!(listed.to_ask(&both), Some(of_group.clone()));
        listed.lack(&of_group);
        assert_eq!(listed.to_ask(&both), None);
        let mut never = Listed::default();
        never.lack(&all);
        assert_eq!(never.to_ask(&both), None, "no list shows it");
    }

    #[test]
    fn of_two_that_may_be_true_only_what_lists_show_in_either_is_known() {
        let of = |shown: &[&DescribeSnapshots], lacked: &[&DescribeSnapshots]| {
            let mut listed = Listed::default();
            shown.iter().for_each(|list| listed.note(list));
            lacked.iter().for_each(|list| listed.lack(list));
            listed
        };
        let (all, user, of_group) = (list(None, None), list(Some("user"), None), list(None, Some("g")));
        let mut joined = of(&[&all, &user], &[&of_group]);
        joined.join(of(&[&all], &[&of_group, &user]));
        assert_eq!(joined, of(&[&all], &[&of_group]));
    }
}
