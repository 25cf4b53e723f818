use std::path::Path;

use super::message::{Failure, problem};
use crate::sign::Credentials;

/// What AWS's own chain says.
pub(super) struct OfAws {
    pub(super) credentials: Credentials,
    /// The region of the environment or the profile.
    pub(super) region: Option<String>,
    /// Whether the environment or the profile asks for endpoints validated by FIPS 140.
    pub(super) fips: bool,
    /// … for such as take IPv6.
    pub(super) dual_stack: bool,
}

/// Returns what AWS's own chain gives: the environment, a profile, SSO, a web identity, the container's or machine's role.
#[cfg(feature = "aws")]
pub(super) async fn of_aws(region: Option<&str>) -> Result<OfAws, Failure> {
    use aws_credential_types::provider::ProvideCredentials as _;
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

    let https = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let mut loader = aws_config::defaults(aws_config::BehaviorVersion::latest()).http_client(https);
    if let Some(region) = region {
        loader = loader.region(aws_config::Region::new(region.to_owned()));
    }
    let config = loader.load().await;
    let provider = config.credentials_provider().ok_or_else(|| problem::credentials("there is no provider of any"))?;
    let found = provider.provide_credentials().await;
    let found = found.map_err(|error| problem::credentials(&Failure::of(2, &error).what))?;
    Ok(OfAws {
        credentials: Credentials {
            access_key: found.access_key_id().to_owned(),
            secret_key: found.secret_access_key().to_owned(),
            session_token: found.session_token().map(str::to_owned),
        },
        region: config.region().map(ToString::to_string),
        fips: config.use_fips().unwrap_or_default(),
        dual_stack: config.use_dual_stack().unwrap_or_default(),
    })
}

/// Refuses: there is no chain without the feature.
#[cfg(not(feature = "aws"))]
pub(super) async fn of_aws(_: Option<&str>) -> Result<OfAws, Failure> {
    Err(problem::no_aws_feature())
}

/// Returns the profile `default` of a file of AWS's shared credentials.
pub(super) fn of_file(path: &Path) -> Result<Credentials, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| problem::unreadable(path, &error))?;
    parse(&text).ok_or_else(|| problem::no_profile(path))
}

fn parse(text: &str) -> Option<Credentials> {
    let lines = text.lines().map(str::trim).skip_while(|line| *line != "[default]").skip(1);
    let pairs: Vec<(&str, &str)> = lines
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with(['#', ';']))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect();
    let value = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Some(Credentials {
        access_key: value("aws_access_key_id")?,
        secret_key: value("aws_secret_access_key")?,
        session_token: value("aws_session_token"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refserver::Sessions;

    #[test]
    fn what_a_virtual_aws_writes_is_read() {
        let sessions = Sessions::new();
        assert_eq!(parse(&sessions.file()), Some(sessions.own.credentials));
        assert_eq!(parse("[other]\naws_access_key_id = a\naws_secret_access_key = b"), None);
        let lasting =
            "[default]\n# mine\naws_access_key_id=a\n aws_secret_access_key = b=c\n[x]\naws_session_token = d";
        assert_eq!(parse(lasting), Some(Credentials::new("a", "b=c")));
    }
}
