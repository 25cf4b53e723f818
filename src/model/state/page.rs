use std::fmt::Write as _;
use std::time::Duration;

use super::{BadMarker, Freedom, ListOrder, Living, OtherSource, State, UnknownOwner, shape};
use crate::model::PAGE;
use crate::service::{DescribeSnapshots, Member, Page, Text, canonical, text};

impl State {
    /// Returns the page that a describe shows.
    #[must_use]
    pub fn page(&self, call: &DescribeSnapshots, now: Duration, freedom: &Freedom) -> Page {
        let after = match call.marker() {
            None => None,
            Some(marker) => match (name_of(marker), freedom.bad_marker) {
                (Some(name), _) => Some(name),
                (None, BadMarker::FirstPage) => None,
                (None, BadMarker::Nothing) => return Page::default(),
            },
        };
        let mut matching: Vec<(&Text, &Living)> =
            self.snapshots().filter(|(name, living)| self.matches(call, name, living, now, freedom)).collect();
        let place = |name: &str| place(freedom.order, name);
        match freedom.order {
            ListOrder::Names => {}
            ListOrder::Backwards => matching.reverse(),
            ListOrder::Scattered(_) => matching.sort_by_key(|(name, _)| place(name)),
        }
        if let Some(after) = &after {
            matching.retain(|(name, _)| match freedom.order {
                ListOrder::Names => name.as_ref() > after.as_str(),
                ListOrder::Backwards => name.as_ref() < after.as_str(),
                ListOrder::Scattered(_) => place(name) > place(after),
            });
        }
        let asked = call.max_records.as_deref().and_then(|given| given.parse().ok()).unwrap_or(PAGE.1);
        let size = freedom.short_page.unwrap_or(usize::MAX).min(asked).max(1);
        let marker = matching.get(size).and_then(|_| matching.get(size - 1)).map(|(last, _)| marker_after(last));
        let shown = matching.into_iter().take(size).map(|(_, living)| {
            let mut snapshot = living.shown(now);
            if call.node_group_config != Some(true) {
                shape::leave_out_configuration(&mut snapshot);
            }
            snapshot
        });
        Page { snapshots: shown.collect(), marker }
    }

    fn matches(&self, call: &DescribeSnapshots, name: &str, living: &Living, now: Duration, freedom: &Freedom) -> bool {
        let member = |member| living.snapshot.fields.get(member).unwrap_or_default();
        let named = match call.name.as_deref().filter(|given| !given.trim().is_empty()) {
            None => now >= living.listed_from,
            Some(_) if now < living.named_from => false,
            Some(given) if freedom.minds_case => given == name,
            Some(given) => canonical(given) == name,
        };
        let owned = |given: &Option<Text>, by| match given.as_deref() {
            None | Some("") => true,
            Some(given) => canonical(given) == member(by),
        };
        let sourced = match call.source.as_deref() {
            None | Some("") => true,
            Some("user") => member(Member::SnapshotSource) == "manual",
            Some("system") => member(Member::SnapshotSource) == "automated",
            Some(other) => match freedom.other_source {
                OtherSource::Filters => member(Member::SnapshotSource) == other,
                OtherSource::Nothing => false,
                OtherSource::Ignored => true,
            },
        };
        let known = freedom.unknown_owner == UnknownOwner::Manual
            || super::super::describe::owners(call).all(|owner| self.owner(&owner).is_some());
        named
            && sourced
            && known
            && owned(&call.cluster, Member::CacheClusterId)
            && owned(&call.group, Member::ReplicationGroupId)
    }
}

/// Returns where a scattered order puts a name: FNV-1a over seed and name, the name itself where two meet.
fn place(order: ListOrder, name: &str) -> (u64, String) {
    let ListOrder::Scattered(seed) = order else { return (0, name.to_owned()) };
    let start = 0xcbf2_9ce4_8422_2325 ^ seed;
    let hash = name.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    (hash, name.to_owned())
}

/// Returns the marker of the page that begins behind the name: opaque, and none that a caller would invent.
#[must_use]
pub fn marker_after(name: &str) -> Text {
    let mut marker = String::from("m1");
    for byte in name.bytes() {
        let _ = write!(marker, "{byte:02x}");
    }
    text(marker)
}

/// Returns the name behind which a marker's page begins, `None` for an invented marker.
pub(super) fn name_of(marker: &str) -> Option<String> {
    let digits = marker.strip_prefix("m1").filter(|digits| !digits.is_empty() && digits.len() % 2 == 0)?;
    let bytes = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok());
    String::from_utf8(bytes.collect::<Option<Vec<u8>>>()?).ok()
}
