use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

/// An element to be written.
#[derive(Clone, Debug)]
pub(super) struct Element {
    name: String,
    namespace: Option<String>,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Text(String),
    /// Members of a structure, whose order means nothing.
    Members(Vec<Element>),
    /// Items of a list.
    Items(Vec<Element>),
}

impl Element {
    pub(super) fn text(name: &str, value: &str) -> Self {
        Self::new(name, Body::Text(value.to_owned()))
    }

    pub(super) fn members(name: &str, members: Vec<Self>) -> Self {
        Self::new(name, Body::Members(members))
    }

    pub(super) fn items(name: &str, items: Vec<Self>) -> Self {
        Self::new(name, Body::Items(items))
    }

    fn new(name: &str, body: Body) -> Self {
        Self { name: name.to_owned(), namespace: None, body }
    }

    pub(super) fn in_namespace(self, namespace: Option<&str>) -> Self {
        Self { namespace: namespace.map(str::to_owned), ..self }
    }

    /// Puts the members of every structure in the order that the seed gives.
    pub(super) fn shuffle(&mut self, seed: &mut u64) {
        if let Body::Members(members) = &mut self.body {
            for at in (1..members.len()).rev() {
                let other = usize::try_from(next(seed) % (at as u64 + 1)).unwrap_or(at);
                members.swap(at, other);
            }
        }
        if let Body::Members(inner) | Body::Items(inner) = &mut self.body {
            inner.iter_mut().for_each(|element| element.shuffle(seed));
        }
    }

    /// Returns the document: one line, no declaration.
    pub(super) fn document(&self) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        self.write(&mut writer);
        writer.into_inner()
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) {
        let mut start = BytesStart::new(&*self.name);
        if let Some(namespace) = &self.namespace {
            start.push_attribute(("xmlns", &**namespace));
        }
        let empty = match &self.body {
            Body::Text(value) => value.is_empty(),
            Body::Members(inner) | Body::Items(inner) => inner.is_empty(),
        };
        if empty {
            put(writer, Event::Empty(start));
            return;
        }
        put(writer, Event::Start(start));
        match &self.body {
            Body::Text(value) => put(writer, Event::Text(BytesText::new(&representable(value)))),
            Body::Members(inner) | Body::Items(inner) => inner.iter().for_each(|element| element.write(writer)),
        }
        put(writer, Event::End(BytesEnd::new(&*self.name)));
    }
}

fn put(writer: &mut Writer<Vec<u8>>, event: Event<'_>) {
    // A Vec takes every write.
    let _ = writer.write_event(event);
}

/// XML 1.0 has no way to write most control characters, escaped or not.
fn representable(value: &str) -> String {
    let fits = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    value.chars().map(|c| if fits(c) { c } else { '\u{fffd}' }).collect()
}

/// SplitMix64: an order need be no more than different.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
