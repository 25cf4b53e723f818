use super::Rng;
use crate::service::Elsewhere;

/// What a target lets a sequence do at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Whether CopySnapshot is there.
    pub copies: bool,
    /// Whether there is something to take snapshots of, and CreateSnapshot.
    pub creates: bool,
    /// Whether the tag operations are there.
    pub tags: bool,
    /// Whether there is a key that may be used.
    pub key: bool,
    /// Whether it checks signatures.
    pub signatures: bool,
    /// Whether there is S3, so that copies can be exported.
    pub s3: bool,
    /// Whether clusters and groups may be made for one sequence alone.
    pub own: bool,
    /// Whether snapshots of such are made by the service itself.
    pub backups: bool,
    /// Whether clusters may be made from snapshots.
    pub restores: bool,
    /// Whether there is another region to ask from.
    pub other_region: bool,
    /// Whether there is another account to ask from.
    pub other_account: bool,
    /// Whether there is a quota of snapshots that may be gone over.
    pub quota: bool,
}

impl Reach {
    /// Returns from where else there is to ask.
    pub(super) fn elsewhere(self) -> impl Iterator<Item = Elsewhere> {
        let region = self.other_region.then_some(Elsewhere::Region);
        region.into_iter().chain(self.other_account.then_some(Elsewhere::Account))
    }
}

macro_rules! letters {
    ($($variant:ident $doc:literal,)*) => {
        /// Something that a sequence may do or leave out.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub(super) enum Letter {
            $(
                #[doc = $doc]
                $variant
            ),*
        }

        impl Letter {
            /// Every letter.
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant),*];
        }
    };
}

letters! {
    Copy "CopySnapshot.",
    Create "CreateSnapshot.",
    Delete "DeleteSnapshot.",
    Describe "DescribeSnapshots by name.",
    List "DescribeSnapshots without a name.",
    AddTags "AddTagsToResource.",
    RemoveTags "RemoveTagsFromResource.",
    ListTags "ListTagsForResource.",
    Export "CopySnapshot to a bucket.",
    Object "What is done with the objects of a bucket.",
    Settle "A wait until some names are at rest.",
    Door "A request that the front door has an answer to.",
    BadSource "A source that can't be copied.",
    BadTarget "A name that can't be given.",
    OddTarget "A name of which no source says whether it can be given.",
    LongTarget "A long name.",
    Taken "A name that is in use.",
    Reused "A name that was in use.",
    Upper "A name in capitals.",
    Never "A name that nobody ever had.",
    Tagged "Tags on what is made.",
    BadTags "Tags that break a rule.",
    ManyTags "About fifty tags.",
    Hostile "Texts that are easily mangled.",
    Key "A KMS key.",
    Dress "Another way to put a request on the wire.",
    Hasty "Requests that don't wait until the target is no more busy.",
    Filters "Filters and page sizes of a listing.",
    BadArn "ARNs that name nothing here.",
    Absent "Parameters left out.",
    OddBucket "A bucket that does not take exports, or none.",
}

/// What one sequence may do. Each leaves out a random part, so that what is rare among everything is common in some.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Alphabet(u32);

impl Alphabet {
    /// Everything that the target lets a sequence do.
    #[must_use]
    pub fn whole(reach: Reach) -> Self {
        let mut whole = Self((1 << Letter::ALL.len()) - 1);
        let mut needs = |there: bool, letters: &[Letter]| {
            if !there {
                letters.iter().for_each(|letter| whole.remove(*letter));
            }
        };
        needs(reach.copies, &[Letter::Copy, Letter::BadSource]);
        needs(reach.creates, &[Letter::Create]);
        needs(reach.copies && reach.s3, &[Letter::Export, Letter::Object, Letter::OddBucket]);
        needs(reach.tags, &[Letter::AddTags, Letter::RemoveTags, Letter::ListTags, Letter::BadArn]);
        whole
    }

    /// The operations and little else: what calls that overlap are drawn from.
    #[must_use]
    pub fn plain(reach: Reach) -> Self {
        let mut plain = Self::whole(reach);
        let kept = |letter: &Letter| {
            letter.is_operation() || matches!(letter, Letter::Taken | Letter::Reused | Letter::Tagged)
        };
        Letter::ALL.iter().copied().filter(|letter| !kept(letter)).for_each(|letter| plain.remove(letter));
        plain.remove(Letter::Door);
        plain.remove(Letter::Settle);
        plain.remove(Letter::Export);
        plain.remove(Letter::Object);
        plain
    }

    /// A random part of it: each operation with three chances of four, everything else with one of two.
    #[must_use]
    pub fn part(self, rng: &mut Rng) -> Self {
        let mut part = self;
        for letter in Letter::ALL.iter().copied() {
            let out = if letter.is_operation() { rng.one_in(4) } else { rng.one_in(2) };
            if out {
                part.remove(letter);
            }
        }
        // What is exported is looked at, and buckets cost requests: not in every sequence.
        if part.has(Letter::Export) && rng.one_in(2) {
            part.0 |= Letter::Object.bit();
        } else {
            [Letter::Export, Letter::Object, Letter::OddBucket].iter().for_each(|letter| part.remove(*letter));
        }
        // Something has to be made.
        let makers = [Letter::Copy, Letter::Create].map(|letter| letter.bit()).iter().fold(0, |all, bit| all | bit);
        if part.0 & makers == 0 {
            part.0 |= self.0 & makers;
        }
        part
    }

    /// Tells whether the sequence may do that.
    pub(super) const fn has(self, letter: Letter) -> bool {
        self.0 & letter.bit() != 0
    }

    const fn remove(&mut self, letter: Letter) {
        self.0 &= !letter.bit();
    }
}

impl Letter {
    const fn bit(self) -> u32 {
        1 << self as u8
    }

    /// Tells whether it is a kind of step, rather than something about one.
    pub(super) const fn is_operation(self) -> bool {
        (self as u8) <= (Self::Door as u8)
    }
}
