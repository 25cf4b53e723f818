/// The algorithm that a signed request names first.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// For whom, when and where a request was signed, as its `authorization` header claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The access key's id.
    pub access_key: String,
    /// The day, `YYYYMMDD`.
    pub date: String,
    /// The region.
    pub region: String,
    /// The service.
    pub service: String,
}

/// Returns the credential scope of an `authorization` header without verifying anything; `None` where it has none.
#[must_use]
pub fn scope(authorization: &str) -> Option<Scope> {
    Claim::read(authorization).and_then(|claim| claim.scope())
}

/// The parts of an `authorization` header, each as it stands there.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    pub(super) credential: Option<&'a str>,
    pub(super) signed_headers: Option<&'a str>,
    pub(super) signature: Option<&'a str>,
}

impl<'a> Claim<'a> {
    /// Returns the parts, `None` where another algorithm is named.
    pub(super) fn read(authorization: &'a str) -> Option<Self> {
        let parts = authorization.trim().strip_prefix(ALGORITHM)?;
        let part = |name: &str| {
            let mut parts = parts.split([',', ' ']).map(str::trim);
            parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
        };
        Some(Self {
            credential: part("Credential"),
            signed_headers: part("SignedHeaders"),
            signature: part("Signature"),
        })
    }

    pub(super) fn scope(&self) -> Option<Scope> {
        // From the right: an access key of an emulator may hold a slash.
        let mut parts = self.credential?.rsplitn(5, '/');
        let (end, service, region) = (parts.next()?, parts.next()?, parts.next()?);
        let (date, access_key) = (parts.next()?, parts.next()?);
        (end == "aws4_request" && !access_key.is_empty()).then(|| Scope {
            access_key: access_key.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }
}
