use super::message::{Failure, problem};
use crate::sign::Credentials;

/// Returns what AWS's own chain gives: the environment, a profile, a web identity, the machine's role.
#[cfg(feature = "aws")]
pub(super) async fn of_aws(region: &str) -> Result<Credentials, Failure> {
    use aws_credential_types::provider::ProvideCredentials as _;
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

    let https = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .http_client(https)
        .region(aws_config::Region::new(region.to_owned()))
        .load()
        .await;
    let provider = config.credentials_provider().ok_or_else(|| problem::credentials("there is no provider of any"))?;
    let found = provider.provide_credentials().await;
    let found = found.map_err(|error| problem::credentials(&Failure::of(2, &error).what))?;
    Ok(Credentials {
        access_key: found.access_key_id().to_owned(),
        secret_key: found.secret_access_key().to_owned(),
        session_token: found.session_token().map(str::to_owned),
    })
}

/// Refuses: there is no chain without the feature.
#[cfg(not(feature = "aws"))]
pub(super) async fn of_aws(_: &str) -> Result<Credentials, Failure> {
    Err(problem::no_aws_feature())
}
